#!/usr/bin/env bash
# The Node package json-socket mixes the bytes of two clients.
#
# Expected: what one client sends has no influence on what is read from another. A
# character that is cut by a segment's border is put together again.
# Seen, json-socket 0.3.0: all sockets of the process share one StringDecoder. If a
# segment ends inside a character, its first bytes wait in the decoder, and go in
# front of the next bytes of whichever socket receives next. The other client's
# message then begins with a replacement character: its length is "invalid", and it
# is answered with an error that it did not cause. The first client's message arrives
# with a replacement character and no error. A test with one client passes.
# Also, the messages 0, "", false and null arrive as {}.
# Consequence: escape all but ASCII before you send, or serve each client in a
# process of its own.
# Sources: lib/json-socket.js (decoder is a variable of the module; _handleMessage);
# the project's pull request 25 brought the decoder in, to mend one client's messages.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund json-socket@0.3.0 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const JsonSocket = require('json-socket')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

// client dials a server that counts bytes and keeps the messages that arrive.
async function client(server) {
  const c = net.connect(server.address().port, '127.0.0.1')
  c.setNoDelay(true)
  c.on('error', () => {})
  const [s] = await once(server, 'connection')
  const side = { conn: c, socket: s, messages: [], answer: '' }
  new JsonSocket(s)
  s.on('message', (m) => side.messages.push(m))
  c.on('data', (d) => { side.answer += d })
  return side
}

const once = (emitter, event) => new Promise((done) => emitter.once(event, (...args) => done(args)))

// send returns once the server has read the bytes.
async function send(side, bytes) {
  const want = side.socket.bytesRead + bytes.length
  side.conn.write(bytes)
  while (side.socket.bytesRead < want) await new Promise((r) => setTimeout(r, 5))
}

const frame = (value) => {
  const text = JSON.stringify(value)
  return Buffer.from(Buffer.byteLength(text) + '#' + text)
}

async function main() {
  const server = net.createServer()
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  let same = true
  const check = (what, got, want) => {
    console.log(`${what}: ${got}`)
    same = same && got === want
  }

  const a = await client(server)
  const b = await client(server)
  const cut = frame('caf\u00e9')
  const border = cut.length - 2 // inside the last character of the word
  await send(a, cut.subarray(0, border))
  await send(a, cut.subarray(border))
  check('one client, character cut by a border', JSON.stringify(a.messages), '["caf\u00e9"]')

  await send(a, cut.subarray(0, border))
  await send(b, frame('hello'))
  await send(a, cut.subarray(border))
  check('two clients, messages of the first', JSON.stringify(a.messages), '["caf\u00e9","caf\ufffd"]')
  check('two clients, messages of the second', JSON.stringify(b.messages), '[]')
  while (!b.answer) await new Promise((r) => setTimeout(r, 5))
  check('two clients, second is told', /Invalid content length/.test(b.answer), true)

  const c = await client(server)
  for (const value of [0, '', false, null]) await send(c, frame(value))
  check('0, "", false, null', JSON.stringify(c.messages), '[{},{},{},{}]')

  if (!same) {
    console.log('the package behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
