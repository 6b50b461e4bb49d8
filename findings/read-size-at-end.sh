#!/usr/bin/env bash
# Two Node frame readers return half a frame as a whole one if the stream ends inside it.
#
# Expected: a reader that has read a length of 10 returns 10 bytes, or reports that the
# stream ended inside a frame.
# Seen, the Node packages tcp-base 3.2.0 and length-prefixed-message 3.0.4: they call
# read(10), which returns null while fewer bytes are there. But at the end of the stream
# it returns what is left. So of a frame that the end cuts off they return the first five
# bytes, with no error: a request of tcp-base resolves with half an answer. If the decoder
# is JSON.parse it throws; one that takes text or bytes as they are does not.
# A reset in place of the end is an error in tcp-base, so a test that destroys the server's
# socket may pass.
# length-prefixed-message has a second surprise: an empty message, which its write() sends,
# is never returned, and no message after it either.
# Consequence: in decode(), compare the length of the body with the header. In code of your
# own, check the length of what read(n) returns.
# Sources: tcp-base lib/base.js (_readPacket) and length-prefixed-message index.js (read);
# Node's documentation of readable.read(size): "unless the stream has ended".
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund tcp-base@3.2.0 length-prefixed-message@3.0.4 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const TCPBase = require('tcp-base')
const lengthPrefixed = require('length-prefixed-message')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

// Client is a client of tcp-base for frames with four bytes of length.
class Client extends TCPBase {
  getBodyLength(header) { return header.readUInt32BE(0) }
  decode(body) { return { id: 1, data: String(body) } }
}

async function serve(handler) {
  const server = net.createServer((c) => { c.on('error', () => {}); handler(c) })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  return { server, port: server.address().port }
}

// request returns how a request of tcp-base ends if the server answers with bytes and then
// closes or resets.
async function request(bytes, reset) {
  const { server, port } = await serve((c) => c.once('data', async () => {
    c.write(bytes)
    await sleep(100)
    if (reset) c.resetAndDestroy()
    else c.end()
  }))
  const logger = { warn() {}, error() {} }
  const client = new Client({ host: '127.0.0.1', port, headerLength: 4, needHeartbeat: false, logger })
  await client.ready()
  const ask = client.sendPromise({ id: 1, data: Buffer.from('?') })
  const result = await ask.then((data) => 'resolves with ' + data, () => 'rejects')
  server.close()
  return result
}

// message returns the first message that length-prefixed-message reads from a stream.
async function message(bytes) {
  const { server, port } = await serve((c) => c.end(bytes))
  const c = net.connect(port, '127.0.0.1')
  const result = await Promise.race([
    new Promise((done) => lengthPrefixed.read(c, (m) => done(`"${m}"`))),
    sleep(2000).then(() => 'nothing'),
  ])
  c.destroy()
  server.close()
  return result
}

async function main() {
  const body = '0123456789'
  const framed = Buffer.from('\0\0\0\x0a' + body)
  const requests = [await request(framed), await request(framed.subarray(0, 9)),
    await request(framed.subarray(0, 9), true)]
  console.log(`tcp-base, a whole frame: ${requests[0]}; cut by the end: ${requests[1]}; by a reset: ${requests[2]}`)
  const short = Buffer.from('\x0a' + body)
  const messages = [await message(short), await message(short.subarray(0, 6)),
    await message(Buffer.concat([Buffer.from([0]), short]))]
  console.log(`length-prefixed-message, a whole frame: ${messages[0]}; cut by the end: ${messages[1]}; ` +
    `behind an empty one: ${messages[2]}`)
  if (requests.join() !== 'resolves with 0123456789,resolves with 01234,rejects' ||
      messages.join() !== '"0123456789","01234",nothing') {
    console.log('tcp-base or length-prefixed-message behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
