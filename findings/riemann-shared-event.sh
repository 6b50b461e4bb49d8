#!/usr/bin/env bash
# The Node package riemann rounds large metrics, keeps the first time of an event, and mixes up answers.
#
# Expected: the protocol has three fields for a metric: a whole number of 64 bits, a double and a float. A
# client takes one that fits. An event without a time gets the time at which it is sent. With
# returnPromise each call returns the answer to its own event, as the README shows.
# Seen, riemann 2.2.0:
# - Each metric is sent as a float, which has 24 bits: 1234567890 arrives as 1234567936, and a counter
#   that is above 16777216 stands still for many events before it jumps.
# - The client writes its defaults into the caller's object. A program that keeps one object for its
#   heartbeat, and changes only metric, sends all of them with the time of the first. The server takes
#   them for old, or expired.
# - Of two events that are sent over TCP at a time, both promises are settled by the first answer. If the
#   server refuses the second, its sender reads ok: true.
# Metrics below 16 million, a new object for each event, and one call at a time show none of this.
# Consequence: pass a new object each time, with metricSint64 or metricD in place of metric, and wait
# for each answer.
# Sources: riemann's riemann/client.js (_defaultValues: metricF, payload.time; _e2p waits for the next "data")
# and riemann/proto/proto.proto.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund riemann@2.2.0 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const { once } = require('events')
const riemann = require('riemann')
const { serializeMessage, deserializeMessage } = require('riemann/riemann/serializer')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

async function main() {
  // A server that notes each event and answers it in turn. It refuses those of the service "refused".
  const events = []
  const server = net.createServer((conn) => {
    let buffer = Buffer.alloc(0)
    conn.on('data', (bytes) => {
      buffer = Buffer.concat([buffer, bytes])
      while (buffer.length >= 4 && buffer.length >= 4 + buffer.readUInt32BE(0)) {
        const end = 4 + buffer.readUInt32BE(0)
        const [event] = deserializeMessage(buffer.subarray(4, end)).events
        buffer = buffer.subarray(end)
        events.push(event)
        const answer = serializeMessage(event.service === 'refused' ? { ok: false, error: 'refused' } : { ok: true })
        const length = Buffer.alloc(4)
        length.writeUInt32BE(answer.length)
        setTimeout(() => conn.write(Buffer.concat([length, answer])), 100)
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = await riemann.createClient({ host: '127.0.0.1', port: server.address().port, returnPromise: true })
  const send = (event) => client.send(client.Event(event), client.tcp)
  const last = () => events.at(-1)

  await send({ service: 'small', metric: 16777216 })
  check('a metric of 16777216', last().metricF, 16777216)
  await send({ service: 'counter', metric: 16777217 })
  check('a metric of 16777217', last().metricF, 16777216)
  await send({ service: 'counter', metric: 1234567890 })
  check('a metric of 1234567890', last().metricF, 1234567936)
  await send({ service: 'counter', metricSint64: 1234567890 })
  check('metricSint64 of 1234567890', Number(last().metricSint64), 1234567890)

  const beat = { service: 'beat', metric: 1 }
  await send(beat)
  const first = Number(last().time)
  await sleep(2500)
  beat.metric = 2
  await send(beat)
  check('the second beat of one object', last().metricF, 2)
  check('seconds between the two beats', Number(last().time) - first, 0)
  check('what the object has now', Object.keys(beat).join(', '), 'service, host, time, metricF')
  await send({ service: 'beat', metric: 3 })
  check('a new object, two seconds later or more', Number(last().time) - first >= 2, true)

  const alone = await send({ service: 'refused', metric: 1 })
  check('the answer to a refused event', `${alone.ok}, ${alone.error}`, 'false, refused')
  const [taken, refused] = await Promise.all([send({ service: 'taken', metric: 1 }), send({ service: 'refused', metric: 1 })])
  check('of a taken and a refused one at a time, the taken', taken.ok, true)
  check('of a taken and a refused one at a time, the refused', refused.ok, true)

  if (!same) {
    console.log('riemann behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node --no-deprecation main.js
