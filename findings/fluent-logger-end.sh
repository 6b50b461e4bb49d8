#!/usr/bin/env bash
# end() of fluent-logger drops the records that are still queued.
#
# Expected: a short program emits some records and calls end(). They are sent before the conn
# closes, and the callback of each is called, with an error if it could not be sent.
# Seen, the Node package fluent-logger 3.4.1: end() closes the conn in the next turn of the
# event loop. Of five records that are emitted just before, none is sent if the client has
# not connected yet, and one if it has. In the mode PackedForward it is none in both cases.
# The callbacks of the others are never called; that of end() is, as after success.
# A program that runs longer loses only its last records: those that say why it ended.
# end(label, data) sends that record, and those before it, and then closes.
# Consequence: end with end(label, data, callback), or count the callbacks of emit() first.
# Sources: lib/sender.js (end without data calls _close in process.nextTick; the queue is
# sent one by one, each in a later turn).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund fluent-logger@3.4.1 msgpack-lite@0.1.26 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const fluent = require('fluent-logger')
const msgpack = require('msgpack-lite')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

// records returns the numbers in a message: it holds one record, or a block of them.
async function records(message) {
  const [, second, third] = message
  if (!Buffer.isBuffer(second)) return [third.i]
  const numbers = []
  const decoder = msgpack.createDecodeStream()
  decoder.on('data', ([, record]) => numbers.push(record.i))
  decoder.end(second)
  await new Promise((done) => decoder.on('end', done))
  return numbers
}

async function main() {
  let got = []
  const server = net.createServer((c) => {
    c.on('error', () => {})
    c.pipe(msgpack.createDecodeStream()).on('data', async (message) => {
      got.push(...await records(message))
    })
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))

  // run emits five records and ends, and says how many arrive. Before that it may emit one
  // and wait until that has arrived.
  async function run(eventMode, connected, lastRecord) {
    got = []
    let called = 0
    const internalLogger = { info() {}, error() {} }
    const { port } = server.address()
    const sender = fluent.createFluentSender('app', { host: '127.0.0.1', port, eventMode, internalLogger })
    if (connected) {
      sender.emit('log', { i: 0 })
      while (got.length === 0) await sleep(10)
      got = []
    }
    for (let i = 1; i <= 5; i++) sender.emit('log', { i }, () => called++)
    let ended = false
    if (lastRecord) sender.end('log', { i: 6 }, () => { ended = true })
    else sender.end(null, null, () => { ended = true })
    await sleep(1500)
    console.log(`${eventMode}, ${connected ? 'connected' : 'not connected yet'}, ` +
      `end(${lastRecord ? 'label, data' : ''}): records ${got.join(' ') || 'none'} arrive, ` +
      `${called} of 5 callbacks, end ${ended ? 'calls back' : 'does not call back'}`)
    return `${got.length}/${called}/${ended}`
  }

  const seen = []
  for (const mode of ['Message', 'PackedForward']) {
    seen.push(await run(mode, false, false), await run(mode, true, false), await run(mode, false, true))
  }
  if (seen.join(' ') !== '0/0/true 1/1/true 6/5/true 0/0/true 0/0/true 6/5/true') {
    console.log('fluent-logger behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
