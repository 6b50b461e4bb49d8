#!/usr/bin/env bash
# The Node package ftp-srv makes zeros of what was uploaded before a resume, and deletes files upon a reset.
#
# Expected: REST n and STOR write from byte n on, and what is before it stays (RFC 3659 section 5).
# APPE whose conn breaks leaves at least what was there before. A command ends with CR LF, however
# many segments it takes, and STOU has no argument (RFC 959 section 5.3.1).
# Seen, ftp-srv 4.6.3 with Net::FTP of Perl 5.36 and with commands by hand:
# - REST 6 and STOR make the file empty first. Its first six bytes are then zeros, and the reply is
#   226. A client that asks for the size afterwards gets what it expects.
# - If the data conn of STOR or APPE is reset, the file is removed, with all that was in it before.
# - A command of two segments is taken for two commands, and both are refused.
# - STOU without an argument is refused with 550 and the text of a TypeError.
# Resuming a download is right, and commands of one segment are, too.
# Consequence: resume uploads with APPE, into a file that you can send again; or give the conn a
# file system of your own, whose write() opens with "r+" if start is set.
# Sources: src/fs.js (write opens with "w+" and unlinks upon "error"),
# src/connection.js (_handleData splits each segment) and src/commands/registration/stou.js.
set -eu
for tool in npm perl; do
  command -v $tool >/dev/null || { echo "this finding needs node, npm and perl"; exit 1; }
done
perl -MNet::FTP -e1 2>/dev/null || { echo "this finding needs Net::FTP, which comes with Perl"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund ftp-srv@4.6.3 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >client.pl <<'END'
# Resumes an upload and a download at byte 6.
use strict;
use warnings;
use Net::FTP;

alarm 60;
$| = 1;
my $ftp = Net::FTP->new('127.0.0.1', Port => $ARGV[0], Passive => 1) or die "no conn: $@\n";
$ftp->login('me', 'secret') or die $ftp->message;
$ftp->binary;

sub text {
	my ($name) = @_;
	open my $file, '>', \my $text or die;
	$ftp->get($name, $file) or return $ftp->message =~ s/\n//r;
	return $text =~ s/\0/./gr;
}

sub input {
	open my $file, '<', \$_[0] or die;
	return $file;
}

$ftp->put(input('first, '), 'file') or die $ftp->message;
$ftp->restart(6);
my $stored = $ftp->put(input(' second'), 'file');
print 'resumed upload: ', $stored ? 'stored' : 'refused', ', ', $ftp->size('file'), ' bytes, ', text('file'), "\n";
$ftp->put(input('0123456789'), 'digits') or die $ftp->message;
$ftp->restart(6);
print 'resumed download: ', text('digits'), "\n";
$ftp->quit;
END
cat >main.js <<'END'
const fs = require('fs')
const net = require('net')
const path = require('path')
const { execFile } = require('child_process')
const bunyan = require('bunyan')
const { FtpSrv } = require('ftp-srv')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
const root = path.resolve('root')
fs.mkdirSync(root)

async function freePort() {
  const probe = net.createServer()
  const port = await new Promise((ready) => probe.listen(0, '127.0.0.1', () => ready(probe.address().port)))
  await new Promise((closed) => probe.close(closed))
  return port
}

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

async function main() {
  const port = await freePort()
  const log = bunyan.createLogger({ name: 'quiet', level: bunyan.FATAL + 1 })
  const server = new FtpSrv({ url: `ftp://127.0.0.1:${port}`, pasv_url: '127.0.0.1', log })
  server.on('login', (who, accept) => accept({ root }))
  server.on('client-error', () => {})
  await server.listen()

  const printed = await new Promise((done) => {
    execFile('perl', ['client.pl', port], (err, stdout, stderr) => done((stdout + stderr).trim().split('\n')))
  })
  const want = [
    'resumed upload: stored, 13 bytes, ...... second',
    'resumed download: 6789',
  ]
  for (const [i, line] of want.entries()) check('Net::FTP', printed[i], line)

  const control = net.connect(port, '127.0.0.1')
  let text = ''
  control.on('data', (bytes) => { text += bytes })
  const take = async () => {
    await sleep(500)
    const replies = text.trim().replace(/\r\n/g, ', ')
    text = ''
    return replies
  }
  const command = (line) => {
    control.write(line + '\r\n')
    return take()
  }
  await take()
  await command('USER me')
  await command('PASS secret')
  control.write('NO')
  await sleep(200)
  control.write('OP\r\n')
  check('NOOP in two segments', await take(), '502 Command not allowed: NO, 502 Command not allowed: OP')

  const passive = async () => {
    const [, high, low] = (await command('PASV')).match(/(\d+),(\d+)\)/)
    const data = net.connect(high * 256 + Number(low), '127.0.0.1')
    await new Promise((connected) => data.on('connect', connected))
    return data
  }
  const unnamed = await passive()
  check('STOU', (await command('STOU')).slice(0, 26), '550 Cannot read properties')
  unnamed.destroy()

  fs.writeFileSync(path.join(root, 'log'), 'the log of a year\n')
  const data = await passive()
  await command('APPE log')
  data.write('one line more')
  await sleep(200)
  data.resetAndDestroy()
  check('APPE whose conn is reset', `${(await take()).slice(0, 3)}, the file is ${fs.existsSync(path.join(root, 'log')) ? 'there' : 'gone'}`,
    '550, the file is gone')

  if (!same) {
    console.log('ftp-srv behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
