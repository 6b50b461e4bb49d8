#!/usr/bin/env bash
# rcon-client returns the first 4 kB of an answer, and believes that a wrong password is right.
#
# Expected of a client of the Source RCON protocol, which game servers speak: an answer that
# is longer than a packet may be, 4096 bytes, comes in several packets, and send() returns all
# of it or fails. connect() fails if the server refuses the password. If the conn ends,
# every call that waits is rejected.
# Seen, the Node package rcon-client 4.2.5:
# - Of an answer of 10000 bytes send() returns the first 4096, without an error.
# - A server of the protocol sends an empty packet before its verdict on the password. The
#   client takes that packet for the verdict: connect() succeeds with any password. The
#   verdict comes later and is ignored. Servers that leave the empty packet out, as
#   Minecraft's does, are handled rightly, so tests with those pass.
# - If the conn ends, the call in flight is rejected, but the calls behind it in the queue
#   are not. They wait, and a later connect() sends them, perhaps hours late.
# Consequence: after connect() send a harmless command before you report success; keep
# answers short; make a new object in place of a second connect().
# Sources: lib/rcon.js (handlePacket deletes the callback after the first packet, and before
# the login it ignores ids; "close" pauses the queue); Valve's description of the protocol,
# sections on SERVERDATA_AUTH_RESPONSE and on multiple-packet responses.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund rcon-client@4.2.5 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const { Rcon } = require('rcon-client')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const AUTH = 3
const AUTH_RESPONSE = 2
const RESPONSE_VALUE = 0

function packet(id, type, body) {
  const bytes = Buffer.alloc(body.length + 14)
  bytes.writeInt32LE(body.length + 10, 0)
  bytes.writeInt32LE(id, 4)
  bytes.writeInt32LE(type, 8)
  bytes.write(body, 12)
  return bytes
}

// within says how a call ends, or that it has not ended after four seconds: longer than
// the client's own time limit.
const within = (call) => Promise.race([
  call.then((v) => (typeof v === 'string' ? `${v.length} bytes` : 'success'), (e) => 'error: ' + e.message),
  new Promise((late) => setTimeout(() => late('nothing'), 4000)),
])

async function main() {
  const commands = []
  // "echo N" answers N bytes, in packets of at most 4096; "stop" closes the conn.
  const server = net.createServer((c) => {
    let bytes = Buffer.alloc(0)
    c.on('error', () => {})
    c.on('data', (more) => {
      bytes = Buffer.concat([bytes, more])
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32LE(0)) {
        const end = 4 + bytes.readInt32LE(0)
        const id = bytes.readInt32LE(4)
        const type = bytes.readInt32LE(8)
        const body = bytes.toString('utf8', 12, end - 2)
        bytes = bytes.subarray(end)
        if (type === AUTH) {
          c.write(packet(id, RESPONSE_VALUE, ''))
          c.write(packet(body === 'right' ? id : -1, AUTH_RESPONSE, ''))
          continue
        }
        commands.push(body)
        if (body === 'stop') return c.end()
        const text = 'x'.repeat(Number(body.slice(5)))
        for (let i = 0; i < text.length; i += 4096) c.write(packet(id, RESPONSE_VALUE, text.slice(i, i + 4096)))
      }
    })
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address()

  const wrong = await within(Rcon.connect({ host: '127.0.0.1', port, password: 'wrong' }))
  console.log(`connect with a wrong password: ${wrong}`)

  const client = new Rcon({ host: '127.0.0.1', port, password: 'right' })
  await client.connect()
  const short = await within(client.send('echo 100'))
  const long = await within(client.send('echo 10000'))
  console.log(`an answer of 100 bytes: ${short}; of 10000 bytes: ${long}`)

  commands.length = 0
  const calls = [within(client.send('stop')), within(client.send('echo 7'))]
  const ends = await Promise.all(calls)
  console.log(`the conn ends: the call in flight gets ${ends[0]}, the queued one ${ends[1]}`)
  const before = commands.join()
  await client.connect()
  while (commands.length < 2) await new Promise((done) => setTimeout(done, 10))
  console.log(`commands at the server before the second connect: ${before}; after it: ${commands}`)

  if (wrong !== 'success' || short !== '100 bytes' || long !== '4096 bytes' ||
      ends.join() !== 'error: Connection closed,nothing' || before !== 'stop' || commands.join() !== 'stop,echo 7') {
    console.log('rcon-client behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
