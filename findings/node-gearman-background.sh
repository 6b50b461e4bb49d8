#!/usr/bin/env bash
# After a background job, jobs of node-gearman get each other's results, and the background job has a zero byte too many.
#
# Expected: gearmand answers each job that is submitted with JOB_CREATED and a handle, in order, background jobs
# too. The result of a job has its handle. A worker gets the data of a job as it was submitted, which is
# all that comes after the second zero byte of the packet (Gearman's PROTOCOL, SUBMIT_JOB_BG and JOB_ASSIGN).
# Seen, the Node package node-gearman 0.2.2 with Debian's gearman-job-server 1.1.20+ds-1:
# - A background job does not wait for its JOB_CREATED, so that one is given to the next job that does. A job that is
#   submitted right after it has the handle of the background job, and never ends, without an error. If more
#   follow, each of them has the handle of the one before: the second one ends with the result of the first.
# - The data of a background job has a zero byte at its end: JSON.parse fails, a file name is another one, and
#   so is each checksum.
# - A job without data is handed to the worker as undefined, where a Buffer is promised.
# Background jobs and others that are submitted one after the other's answer, or over two conns, end with their own result.
# Consequence: use one Gearman object for background jobs and another one for the rest, and let workers cut off the
# zero byte.
# Sources: the package's lib/gearman.js (Job passes false in place of a callback, which sendCommandToServer sends as one
# more argument, and receive takes a callback out of the queue for each JOB_CREATED).
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download gearman-job-server=1.1.20+ds-1 &&
  apt-get download libboost-program-options1.74.0 libevent-2.1-7 libevent-core-2.1-7 libevent-pthreads-2.1-7 \
    libhashkit2 libhiredis0.14 libmariadb3 libmemcached11 libpq5 libsqlite3-0 libldap-2.5-0 libsasl2-2; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./gearman*.deb; do echo "$deb"; done
for deb in ./*.deb; do dpkg -x "$deb" .; done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund node-gearman@0.2.2 >npm.log 2>&1 || { cat npm.log; exit 1; }
LD_LIBRARY_PATH=$dir/usr/lib/$(uname -m)-linux-gnu
export LD_LIBRARY_PATH
cat >main.js <<'END'
const net = require('net')
const { once } = require('events')
const { spawn } = require('child_process')
const Gearman = require('node-gearman')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
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

async function main() {
  const port = await freePort()
  const server = spawn('usr/sbin/gearmand', ['-L', '127.0.0.1', '-p', String(port), '-l', 'stderr'], { stdio: 'ignore' })
  process.on('exit', () => server.kill('SIGKILL'))
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))
  await listening(port)

  // The worker keeps what it gets until release() is called.
  const worker = new Gearman('127.0.0.1', port)
  let got = []
  let hold = new Promise((release) => { worker.release = release })
  worker.registerWorker('upper', async (payload, job) => {
    got.push(String(payload).replaceAll('\0', '<0>'))
    await hold
    job.end(String(payload).toUpperCase())
  })

  // submit returns a function that says how the job has ended so far.
  function submit(client, data, options) {
    const job = client.submitJob('upper', data, null, options)
    let text = 'nothing'
    job.on('data', (bytes) => { text = bytes.toString() })
    job.on('error', (err) => { text = err.message })
    return () => text
  }
  // run submits jobs at once, those with a leading "&" in the background, and returns how they have ended.
  async function run(...jobs) {
    got = []
    hold = new Promise((release) => { worker.release = release })
    const client = new Gearman('127.0.0.1', port)
    const results = jobs.map((data) => submit(client, data, data.startsWith('&') ? { background: true } : {}))
    await sleep(500)
    worker.release()
    while (got.length < jobs.length) await sleep(50)
    // The worker takes one job at a time, so what it has ended before this one has been sent.
    const last = submit(new Gearman('127.0.0.1', port), 'last', {})
    while (last() !== 'LAST') await sleep(50)
    await sleep(300)
    const text = results.map((result) => result()).join(', ')
    client.close()
    return text
  }
  worker.release()

  check('three jobs', await run('a', 'b', 'c'), 'A, B, C')
  check('the worker got', got.join(', '), 'a, b, c, last')
  check('a background job and one more', await run('&a', 'b'), 'nothing, nothing')
  check('the worker got', got.join(', '), '&a<0>, b, last')
  check('a background job and three more', await run('&a', 'b', 'c', 'd'), 'nothing, nothing, B, C')
  check('the worker got', got.join(', '), '&a<0>, b, c, d, last')
  check('a job without data', await run(''), 'UNDEFINED')

  if (!same) {
    console.log('node-gearman or gearmand behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node --no-deprecation main.js
