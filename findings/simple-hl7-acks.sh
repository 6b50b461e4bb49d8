#!/usr/bin/env bash
# A simple-hl7 server answers one message of a segment, and its client mixes up answers.
#
# Expected: each HL7 message over TCP is framed by VT and FS CR (MLLP), so a server takes
# all messages out of what has arrived, and acknowledges each. A client's callback gets the
# answer to its own message.
# Seen, the Node package simple-hl7 3.3.0:
# - Of two messages in one segment the server handles and acknowledges the first only. The
#   second is dropped without an error, so its sender waits.
# - If a whole message and the beginning of the next one are in a segment, even the first
#   is handled only when the second is complete, and the second not at all.
# - A client that sends a second message before the first is answered calls the second
#   callback with an error, sends the message all the same, and then gives both answers to
#   the second callback. The first callback is never called.
# One message at a time passes; hospital systems that catch up after an outage send more.
# Consequence: wait for each answer before the next message, on both sides, or frame the
# stream yourself and use the package's parser only.
# Sources: lib/server/tcp-server.js (looks for FS CR at the end of all it has, and gives
# that to the parser as one message); lib/client/tcp-client.js (send replaces the callback
# and does not return after the error).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund simple-hl7@3.3.0 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const hl7 = require('simple-hl7')
const TcpServer = require('simple-hl7/lib/server/tcp-server')
const TcpClient = require('simple-hl7/lib/client/tcp-client')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

const frame = (text) => `\x0b${text}\x1c\r`
const message = (id) => frame(`MSH|^~\\&|A|B|C|D|20260101||ADT^A01|${id}|P|2.3\rPID|1\r`)
const acks = (text) => [...text.matchAll(/MSA\|AA\|(\w+)/g)].map((found) => found[1]).join()

// segments sends segments to a server of the package, and returns the ids that it handles
// and those that it acknowledges.
async function segments(parts) {
  const handled = []
  const server = new TcpServer((err, req, res) => {
    handled.push(String(req.msg.header.getField(8)))
    res.end()
  })
  server.start(0)
  await new Promise((ready) => server.server.once('listening', ready))
  const c = net.connect(server.server.address().port, '127.0.0.1')
  c.setNoDelay(true)
  let text = ''
  c.on('data', (bytes) => { text += bytes })
  for (const part of parts) {
    c.write(part)
    await sleep(1000)
  }
  c.destroy()
  server.stop()
  return `${handled} / ${acks(text)}`
}

// twoCalls sends two messages with a client of the package, without waiting in between.
// The server answers each when both have come, in segments of their own.
async function twoCalls() {
  let text = ''
  const server = net.createServer((c) => {
    c.setNoDelay(true)
    c.on('error', () => {})
    c.on('data', async (bytes) => {
      text += bytes
      const ids = [...text.matchAll(/\|(m\d)\|/g)].map((found) => found[1])
      if (ids.length < 2) return
      for (const id of ids) {
        c.write(frame(`MSH|^~\\&|C|D|A|B|20260101||ACK|${id}|P|2.3\rMSA|AA|${id}\r`))
        await sleep(300)
      }
    })
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const client = new TcpClient({ host: '127.0.0.1', port: server.address().port, keepalive: true })
  await new Promise((ready) => client.connect(ready))
  const calls = []
  for (const id of ['m1', 'm2']) {
    const m = new hl7.Message('A', 'B', 'C', 'D', '20260101', '', ['ADT', 'A01'], id, 'P', '2.3')
    client.send(m, (err, ack) => {
      calls.push(`${id}: ${err ? 'error' : 'answer to ' + ack.getSegment('MSA').getField(2)}`)
    })
  }
  await sleep(2000)
  return calls.join(', ')
}

async function main() {
  const apart = await segments([message('m1'), message('m2')])
  const glued = await segments([message('m1') + message('m2')])
  const half = message('m2').length / 2
  const cut = await segments([message('m1') + message('m2').slice(0, half), message('m2').slice(half)])
  const calls = await twoCalls()
  console.log(`two messages, two segments: handled / acknowledged ${apart}`)
  console.log(`two messages, one segment: ${glued}`)
  console.log(`two messages, border inside the second: ${cut}`)
  console.log(`two calls of send at once: ${calls}`)
  if (apart !== 'm1,m2 / m1,m2' || glued !== 'm1 / m1' || cut !== 'm1 / m1' ||
      calls !== 'm2: error, m2: answer to m1, m2: answer to m2') {
    console.log('simple-hl7 behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
