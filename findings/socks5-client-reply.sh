#!/usr/bin/env bash
# socks5-client hands out the end of the proxy's reply as data, or loses the greeting behind it.
#
# Expected: the reply of a SOCKS5 proxy has a length that its fourth byte decides, 10 bytes for
# an IPv4 address (RFC 1928 section 6). A client takes these bytes, however many segments they
# come in. The next byte is the first one of the target.
# Seen, the Node package socks5-client 1.2.8, also behind socks5-http-client: one segment is
# one reply.
# - If the reply comes in two segments, the client emits "connect" after the first, and the
#   rest of the reply as the first "data" of the target: six bytes that the target has not sent.
# - If the target's greeting (SMTP, FTP, SSH) is in the segment of the reply, it is lost.
# - If the two bytes of the proxy's choice of a method come apart, connecting fails with
#   "Unexpected number of bytes received".
# A proxy on the same machine sends each reply in one segment, and an HTTP server waits for
# the request, so tests pass.
# Consequence: use another package, or one conn of your own for the handshake.
# Sources: lib/Socket.js (once("data") for each of the two replies; the length of the second
# is not looked at).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund socks5-client@1.2.8 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const socks5 = require('socks5-client')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

const method = Buffer.from([5, 0])
const reply = Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 25])
const greeting = Buffer.from('220 ready')

// connect connects through a proxy that sends two lists of segments: those of its choice of
// a method, and those of its reply and the target's greeting. It returns what is emitted.
async function connect(first, second) {
  const proxy = net.createServer((c) => {
    const lists = [first, second]
    c.setNoDelay(true)
    c.on('error', () => {})
    c.on('data', async () => {
      for (const segment of lists.shift() || []) {
        c.write(segment)
        await sleep(200)
      }
    })
  })
  await new Promise((ready) => proxy.listen(0, '127.0.0.1', ready))
  const options = { socksHost: '127.0.0.1', socksPort: proxy.address().port, host: '127.0.0.1', port: 25 }
  const events = []
  const c = socks5.createConnection(options)
  c.on('connect', () => events.push('connect'))
  c.on('data', (bytes) => events.push(JSON.stringify(String(bytes))))
  c.on('error', (e) => events.push(e.message))
  await sleep(1500)
  proxy.close()
  return events.join(', ')
}

async function main() {
  const seen = {
    'each reply in one segment': await connect([method], [reply, greeting]),
    'the reply in two segments': await connect([method], [reply.subarray(0, 4), reply.subarray(4), greeting]),
    'the greeting with the reply': await connect([method], [Buffer.concat([reply, greeting])]),
    'the method in two segments': await connect([method.subarray(0, 1), method.subarray(1)], [reply, greeting]),
  }
  for (const [name, events] of Object.entries(seen)) console.log(`${name}: ${events}`)
  const expected = [
    'connect, "220 ready"',
    'connect, "\\u007f\\u0000\\u0000\\u0001\\u0000\\u0019", "220 ready"',
    'connect',
    'SOCKS authentication failed. Unexpected number of bytes received.',
  ]
  if (Object.values(seen).join('; ').replaceAll('\x7f', '\\u007f') !== expected.join('; ')) {
    console.log('socks5-client behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
