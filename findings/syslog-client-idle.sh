#!/usr/bin/env bash
# syslog-client calls a quiet TCP conn "timed out", and keeps a conn that was closed too early.
#
# Expected: tcpTimeout, 10 s unless set, limits connecting. A program that logs nothing for a
# while has a healthy conn and gets no error. close() ends the conn, or the attempt to connect.
# Seen, the Node package syslog-client 1.1.1, transport Tcp:
# - After tcpTimeout without a message the client emits "error", "connection timed out". The conn
#   is up, and stays in use: the next message goes out over it. A program without a listener of
#   "error" ends there, ten seconds after its last message.
# - After log() and close() at once the messages arrive and "close" is emitted, but the conn
#   is made after that, and nobody closes it: the server keeps an idle client.
# Also, "error" is emitted if the server closes in an orderly way.
# Over UDP, the default, nothing of this happens.
# Consequence: add a listener of "error" that ignores this text. Call close() in the callback
# of the last log().
# Sources: index.js (setTimeout of the socket is an idle timer, which its listener of
# "connect" does not end; close destroys transport_, which is set when the conn is up);
# Node's documentation of socket.setTimeout.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund syslog-client@1.1.1 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const syslog = require('syslog-client')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

async function main() {
  let conns = 0
  let open = 0
  let lines = 0
  const server = net.createServer((c) => {
    conns++
    open++
    c.on('error', () => {})
    c.on('close', () => open--)
    c.on('data', (bytes) => { lines += String(bytes).split('\n').length - 1 })
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address()

  // client makes a client, and a list of its events.
  function client() {
    const c = syslog.createClient('127.0.0.1', { transport: syslog.Transport.Tcp, port, tcpTimeout: 500 })
    const events = []
    c.on('error', (e) => events.push(e.message))
    c.on('close', () => events.push('close'))
    return { c, events }
  }

  const quiet = client()
  const log = (text) => new Promise((done) => quiet.c.log(text, done))
  await log('one')
  await sleep(1500)
  await log('two')
  while (lines < 2) await sleep(10)
  console.log(`a message, 1.5 s of silence, a message: ${lines} arrive over ${conns} conn; ` +
    `events: ${quiet.events.join(', ')}`)
  quiet.c.close()
  while (open > 0) await sleep(10)
  const silence = `${lines} ${conns} ${quiet.events[0]}`

  lines = 0
  const early = client()
  early.c.log('three')
  early.c.log('four')
  early.c.close()
  while (lines < 2) await sleep(10)
  await sleep(1500)
  console.log(`two messages and close at once: ${lines} arrive; events: ${early.events.join(', ')}; ` +
    `open conns at the server after 1.5 s: ${open}`)

  if (silence !== '2 1 connection timed out' || early.events[0] !== 'close' || open !== 1) {
    console.log('syslog-client behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
