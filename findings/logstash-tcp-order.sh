#!/usr/bin/env bash
# log4js-logstash-tcp sends a log over up to 300 conns, so its events arrive in any order.
#
# Expected: an appender of a logger has one conn to the log server, so events arrive in the
# order in which they were logged. If the server is away for a moment, events of that time
# come later, or are dropped with an error. shutdown() sends what is left.
# Seen, the Node package log4js-logstash-tcp 2.0.5: for each event it picks one of 300 places
# at random, and connects if that place has no conn. 200 events make some 150 conns, and
# events on different conns overtake each other. An event that comes before its conn is up
# waits for half a second, so even events that are 10 ms apart arrive out of order.
# Each conn is closed after 5 idle seconds: a log of a few lines a second connects for
# almost every line. shutdown() does not call back if no conn is open at that moment.
# Events that are logged while the port refuses never arrive, though other events do when the
# server is back. They are tried again twice a second for ever on their dead conns, also
# after shutdown() has called back, and keep the process alive.
# Consequence: sort by @timestamp on the server, or use another appender: this one has no
# option for the number of conns.
# Sources: classes/TcpConnectionPool.js (_createIndexForTcpConnection uses Math.random;
# realSend calls itself until "connected", which a conn that has failed never is; close
# counts the conns that have closed, and calls back after one of them).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund log4js-logstash-tcp@2.0.5 log4js@6.9.1 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const log4js = require('log4js')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
console.error = () => {} // the package prints each conn that is refused

// listen starts a log server on port. It keeps the messages in the order of their arrival.
async function listen(port) {
  const seen = { conns: 0, open: 0, messages: [] }
  seen.server = net.createServer((c) => {
    let text = ''
    seen.conns++
    seen.open++
    c.on('close', () => seen.open--)
    c.on('error', () => {})
    c.on('data', (bytes) => {
      text += bytes
      const lines = text.split('\n')
      text = lines.pop()
      for (const line of lines) seen.messages.push(Number(JSON.parse(line).message))
    })
  })
  await new Promise((ready) => seen.server.listen(port, '127.0.0.1', ready))
  return seen
}

// shutdown says whether the callback of log4js.shutdown is called.
const shutdown = () => Promise.race([
  new Promise((done) => log4js.shutdown(() => done('calls back'))),
  sleep(2000).then(() => 'does not call back'),
])

const inOrder = (messages) => (messages.every((n, i) => n === i) ? 'in order' : 'out of order')

async function main() {
  const seen = await listen(0)
  const { port } = seen.server.address()
  log4js.configure({
    appenders: { server: { type: 'log4js-logstash-tcp', host: '127.0.0.1', port, category: 'app' } },
    categories: { default: { appenders: ['server'], level: 'info' } }
  })
  const log = log4js.getLogger('app')
  for (let i = 0; i < 200; i++) log.info(String(i))
  while (seen.messages.length < 200) await sleep(10)
  const { conns } = seen
  const atOnce = inOrder(seen.messages)
  console.log(`200 events at once: ${conns} conns, the events arrive ${atOnce}`)
  seen.messages = []
  for (let i = 0; i < 100; i++) {
    log.info(String(i))
    await sleep(10)
  }
  while (seen.messages.length < 100) await sleep(10)
  const apart = inOrder(seen.messages)
  console.log(`100 events, 10 ms apart: they arrive ${apart}`)
  const quiet = Date.now()
  while (seen.open > 0) await sleep(10)
  console.log(`all conns are closed ${Math.round((Date.now() - quiet) / 1000)} s after that`)

  const gone = await listen(0)
  const free = gone.server.address().port
  gone.server.close()
  await sleep(100)
  const idle = await shutdown()
  console.log(`shutdown with no conn open ${idle}`)
  log4js.configure({
    appenders: { server: { type: 'log4js-logstash-tcp', host: '127.0.0.1', port: free, category: 'app' } },
    categories: { default: { appenders: ['server'], level: 'info' } }
  })
  for (let i = 0; i < 5; i++) log.info(String(i))
  await sleep(500)
  const back = await listen(free)
  for (let i = 5; i < 10; i++) log.info(String(i))
  await sleep(4000)
  console.log(`5 events while the port refuses, 5 later: ${[...back.messages].sort().join(' ')} arrive`)
  const busy = await shutdown()
  console.log(`shutdown with conns open ${busy}`)

  if (conns < 100 || atOnce !== 'out of order' || apart !== 'out of order' ||
      [...back.messages].sort().join() !== '5,6,7,8,9' ||
      idle !== 'does not call back' || busy !== 'calls back') {
    console.log('log4js-logstash-tcp behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
