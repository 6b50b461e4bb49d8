#!/usr/bin/env bash
# gearmand puts a zero byte behind the handle of a job with an exception, so its clients do not know it.
#
# Expected: a worker's exception ends the job. A client that has not asked for exceptions gets WORK_FAIL
# with the handle that it has from JOB_CREATED, and nothing else. Two jobs with one unique id
# are run once, and both end with the result (Gearman's PROTOCOL).
# Seen, Debian's gearman-job-server 1.1.20+ds-1 with the Node package gearmanode 0.9.2 and with Debian's
# libgearman-client-perl 2.004.015-1:
# - gearmand makes WORK_FAIL of WORK_EXCEPTION and leaves the zero byte, which ended the handle, in
#   place. WORK_FAIL has one field, which goes up to its end, so the handle is another one.
# - gearmanode emits "error" for the client, "unknown job". The job neither fails nor completes. The Perl
#   client's do_task dies: "Got work_fail for unknown handle".
# - A Perl worker whose function dies sends WORK_EXCEPTION and WORK_FAIL. For gearmand the job has
#   ended with the first. It answers the second with an error, at which work() dies, so each
#   exception ends the worker.
# - Of several jobs of a gearmanode client with one unique id only the last one ends, and each of the
#   others is an "unknown job".
# With gearmanode's own workers that call reportError(), all is well.
# Consequence: call jobServer.setOption("exceptions") for each of the client's job servers, use unique
# ids that differ within a client, and catch what a Perl function throws.
# Sources: gearmanode's lib/gearmanode/client.js (jobs has one job for each handle; _response) and its README
# on setOption; Gearman::ResponseParser::Taskset; the raw packets below.
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download gearman-job-server=1.1.20+ds-1 libgearman-client-perl=2.004.015-1 &&
  apt-get download libboost-program-options1.74.0 libevent-2.1-7 libevent-core-2.1-7 libevent-pthreads-2.1-7 \
    libhashkit2 libhiredis0.14 libmariadb3 libmemcached11 libpq5 libsqlite3-0 libldap-2.5-0 libsasl2-2 \
    libexporter-tiny-perl liblist-moreutils-perl liblist-moreutils-xs-perl libstring-crc32-perl; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./gearman*.deb ./libgearman*.deb; do echo "$deb"; done
for deb in ./*.deb; do dpkg -x "$deb" .; done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund gearmanode@0.9.2 >npm.log 2>&1 || { cat npm.log; exit 1; }
LD_LIBRARY_PATH=$dir/usr/lib/$(uname -m)-linux-gnu
PERL5LIB=$dir/usr/share/perl5:$(echo "$dir"/usr/lib/*/perl5/*)
export LD_LIBRARY_PATH PERL5LIB
cat >job.pl <<'END'
# worker: runs "die" until work() fails. client: runs a job named after the second argument.
use strict;
use warnings;
use Gearman::Client;
use Gearman::Worker;

alarm 60;
my ($what, $port) = @ARGV;
if ($what eq 'worker') {
	my $worker = Gearman::Worker->new(job_servers => ["127.0.0.1:$port"]);
	$worker->register_function(die => sub { die "boom\n" });
	$worker->work while 1;
}
my $client = Gearman::Client->new(job_servers => ["127.0.0.1:$port"]);
my $result = $client->do_task($what, 'x', { on_fail => sub { print "failed\n" } });
print defined $result ? "result $$result\n" : "no result\n";
END
cat >main.js <<'END'
const net = require('net')
const { once } = require('events')
const { execFile, spawn } = require('child_process')
const gearman = require('gearmanode')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && (want instanceof RegExp ? want.test(got) : got === want)
}

async function freePort() {
  const probe = net.createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  await new Promise((closed) => probe.close(closed))
  return port
}

async function listening(port) {
  for (;;) {
    const conn = net.connect(port, '127.0.0.1')
    const up = await new Promise((done) => conn.on('connect', () => done(true)).on('error', () => done(false)))
    conn.destroy()
    if (up) return
    await sleep(50)
  }
}

function perl(...args) {
  return new Promise((done) => {
    execFile('perl', ['job.pl', ...args], (err, stdout, stderr) => done((stdout + stderr).trim().replaceAll('\n', ' ')))
  })
}

// packets sends SUBMIT_JOB by hand, and returns the type and the data of the next two packets.
async function packets(port, name) {
  const conn = net.connect(port, '127.0.0.1')
  const data = Buffer.from(`${name}\0\0x`)
  const head = Buffer.from('\0REQ\0\0\0\x07\0\0\0\0', 'latin1')
  head.writeUInt32BE(data.length, 8)
  conn.write(Buffer.concat([head, data]))
  let bytes = Buffer.alloc(0)
  const got = []
  for await (const chunk of conn) {
    bytes = Buffer.concat([bytes, chunk])
    while (bytes.length >= 12 && bytes.length >= 12 + bytes.readUInt32BE(8)) {
      const end = 12 + bytes.readUInt32BE(8)
      got.push([bytes.readUInt32BE(4), bytes.subarray(12, end).toString()])
      bytes = bytes.subarray(end)
    }
    if (got.length === 2) break
  }
  return got
}

async function main() {
  const port = await freePort()
  const args = ['-L', '127.0.0.1', '-p', port, '-l', 'stderr', '--verbose', 'ERROR']
  const server = spawn('usr/sbin/gearmand', args, { stdio: 'inherit' })
  process.on('exit', () => server.kill())
  await listening(port)

  const worker = gearman.worker({ host: '127.0.0.1', port })
  worker.on('error', () => {})
  worker.addFunction('throw', (job) => job.reportException('boom'))
  worker.addFunction('fail', (job) => job.reportError())
  worker.addFunction('wait', async (job) => {
    await sleep(500)
    job.workComplete('done')
  })

  // client makes a client; run() submits a job, and end() says what it and the client have emitted.
  function client() {
    const c = gearman.client({ host: '127.0.0.1', port })
    const errors = []
    c.on('error', (err) => errors.push(err.message.replace(/, uid.*/, '')))
    return {
      c,
      errors,
      run(name, unique) {
        const events = []
        const job = c.submitJob(name, 'x', unique ? { unique } : {})
        for (const event of ['exception', 'failed', 'complete']) job.on(event, () => events.push(event))
        return events
      },
    }
  }
  const say = (list) => list.join(' and ') || 'nothing'

  const [created, failed] = await packets(port, 'throw')
  check('WORK_FAIL (14) has the handle of JOB_CREATED and', JSON.stringify([failed[0], failed[1].replace(created[1], '')]),
    '[14,"\\u0000"]')

  const plain = client()
  const fails = plain.run('fail')
  const throws = plain.run('throw')
  await sleep(1500)
  check('gearmanode, reportError()', say(fails), 'failed')
  check('gearmanode, reportException()', `the job emits ${say(throws)}, the client ${say(plain.errors)}`,
    'the job emits nothing, the client unknown job')

  const asks = client()
  asks.run('fail')
  await sleep(500)
  asks.c.jobServers[0].setOption('exceptions', () => {})
  const asked = asks.run('throw')
  await sleep(1000)
  check('gearmanode, reportException(), with the option', say(asked), 'exception')

  const twins = client()
  const [first, second] = [twins.run('wait', 'id'), twins.run('wait', 'id')]
  await sleep(1500)
  check('gearmanode, two jobs with one unique id', `${say(first)}, ${say(second)}, the client ${say(twins.errors)}`,
    'nothing, complete, the client unknown job')

  check('the Perl client', await perl('throw', port), /work_fail for unknown handle/)
  const ends = perl('worker', port)
  await packets(port, 'die')
  check('the Perl worker', await ends, /died: boom.*JOB_NOT_FOUND/)

  if (!same) {
    console.log('gearmand or its clients behave differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js 2>node.log || { grep -v 'no transports' node.log; exit 1; }
