#!/usr/bin/env bash
# The TCP appender of log4js throws its buffer away at each failed attempt to connect.
#
# Expected: an appender that has a buffer keeps what is logged until the server can be
# reached, or as much as fits, and sends it then. The code says so itself: "buffering log
# event because it cannot write at the moment".
# Seen, log4js 6.9.1, appender "tcp": the listener of the socket's "error" event empties
# the buffer into the socket that has just failed. So what is logged before the server is
# up, or while it restarts, is gone: of three events at the start and three that follow,
# none arrives when the server comes; only later ones do. No error is reported.
# A server that is up when the program starts gets everything, so tests pass.
# The appender connects again as soon as a socket has closed, without a pause: as long as
# the port refuses, it makes hundreds of attempts a second.
# Consequence: log to a file or to a local agent as well, or use an appender of your own
# that keeps its buffer and waits between attempts.
# Sources: lib/appenders/tcp.js ("error" calls emptyBuffer; "close" calls createSocket);
# the project's issue 810, which brought the listener of "error".
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund log4js@6.9.1 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const log4js = require('log4js')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
const listen = (server, port) => new Promise((ready) => server.listen(port, '127.0.0.1', ready))

// attempts counts the sockets that the appender makes.
let attempts = 0
const connect = net.createConnection
net.createConnection = (...args) => { attempts++; return connect(...args) }

async function main() {
  const probe = net.createServer()
  await listen(probe, 0)
  const port = probe.address().port // free once the probe is closed
  await new Promise((closed) => probe.close(closed))

  log4js.configure({
    appenders: { net: { type: 'tcp', host: '127.0.0.1', port, layout: { type: 'messagePassThrough' } } },
    categories: { default: { appenders: ['net'], level: 'info' } },
  })
  const log = log4js.getLogger()
  for (const i of [1, 2, 3]) log.info('start ' + i)
  await sleep(300)
  for (const i of [4, 5, 6]) {
    log.info('down ' + i)
    await sleep(300)
  }
  const refused = attempts

  let text = ''
  const server = net.createServer((c) => c.on('data', (bytes) => { text += bytes }))
  await listen(server, port)
  await new Promise((done) => server.once('connection', done))
  await sleep(300)
  log.info('up 7')
  while (!text.includes('up 7')) await sleep(10)
  const arrived = text.split('__LOG4JS__').filter(Boolean)
  console.log(`logged: start 1 to 3, down 4 to 6, up 7; arrived: ${arrived.join(', ')}`)
  console.log(`attempts to connect in the 1.2 s before the server was up: ${refused}`)
  if (arrived.join() !== 'up 7' || refused < 20) {
    console.log('log4js behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
