#!/usr/bin/env bash
# stomp-client obeys content-length only if the whole body is in one segment.
#
# Expected: with a content-length header, a client reads that many bytes, whatever they
# are and however many segments they come in (STOMP 1.2, section on content-length). That
# is what the header is for: a body may have NUL bytes.
# Seen, the Node package stomp-client 0.9.0:
# - If a segment ends inside the body, a NUL in what has arrived ends the message. The
#   subscriber gets the first half without an error, and the rest is taken for a command:
#   "No such command", and the client closes the conn.
# - If a segment ends inside a character, the two halves become replacement characters,
#   the body never has its length, and neither this message nor any later one is
#   delivered. Nothing is reported.
# In one segment both bodies are right, so small messages on loopback pass. A body of
# ASCII without NUL is right in any case.
# Consequence: send bodies in ASCII, for example base64 or JSON with escapes, to this
# client.
# Sources: lib/parser.js (parseBody looks at the length only if all of the body has come,
# and counts characters of a string against bytes).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund stomp-client@0.9.0 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const { StompClient } = require('stomp-client')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
const turn = () => new Promise((go) => setImmediate(go))

const frame = (id, body) => Buffer.from(
  `MESSAGE\ndestination:/jobs\nmessage-id:${id}\ncontent-length:${Buffer.byteLength(body)}\n\n${body}\0`)

// receive sends a message in pieces, and "next" after it; it returns what a client gets.
async function receive(...pieces) {
  let conn
  const server = net.createServer((c) => {
    c.on('error', () => {})
    c.once('data', () => { c.write('CONNECTED\nsession:1\n\n\0'); conn = c })
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const client = new StompClient('127.0.0.1', server.address().port)
  const got = []
  client.on('message', (body) => got.push(body))
  client.on('error', (e) => got.push(e.message.trim()))
  const connected = new Promise((done) => client.once('connect', done))
  client.connect()
  await connected
  conn.setNoDelay()
  let sent = client.stream.bytesRead
  for (const piece of pieces) {
    conn.write(piece)
    sent += piece.length
    while (client.stream.bytesRead < sent) await turn()
  }
  conn.write(frame(2, 'next'))
  for (let i = 0; i < 20 && !got.includes('next'); i++) await sleep(100)
  client.stream.destroy()
  server.close()
  return JSON.stringify(got)
}

async function main() {
  const binary = frame(1, 'ab\0cdef')
  const word = frame(1, 'größer')
  const plain = frame(1, 'abcdef')
  const cut = (bytes, at) => [bytes.subarray(0, at), bytes.subarray(at)]
  const cases = [
    ['a body with NUL, one segment', [binary], '["ab\\u0000cdef","next"]'],
    ['a body with NUL, cut after "cd"', cut(binary, binary.indexOf('def') + 1), '["ab","No such command"]'],
    ['a body with letters, one segment', [word], '["größer","next"]'],
    ['a body with letters, cut in one', cut(word, word.indexOf('ö') + 1), '[]'],
    ['a body of ASCII, cut', cut(plain, plain.indexOf('def')), '["abcdef","next"]'],
  ]
  let same = true
  for (const [what, pieces, stated] of cases) {
    const got = await receive(...pieces)
    console.log(`${what}: ${got}`)
    same = same && got === stated
  }
  if (!same) {
    console.log('stomp-client behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node --no-deprecation main.js
