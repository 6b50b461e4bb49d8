#!/usr/bin/env bash
# An empty message ends a whole stream of packet-stream-codec.
#
# Expected: each packet has a header with a length. A string or a Buffer without a byte
# has length 0, and its receiver gets an empty value, as for {}, null or 0. The end of the
# stream, GOODBYE, is a header of nine zero bytes.
# Seen, the Node package packet-stream-codec 1.2.0, the framing of muxrpc: the receiver
# asks only for the length. A packet of length 0 is GOODBYE for it, though its header has
# a number and a type, and though the sender goes on. Of three messages on one conn, the
# second of which is empty, the first arrives. The third, and those of all other streams
# that share the conn, are not read any more. No error: it is an orderly end.
# So one stream that sends an empty line or an empty chunk of a file ends all of them.
# Consequence: never pass an empty string or Buffer on; send null or {} for "nothing".
# Sources: index.js (decode compares length with 0; encodePair writes the same header for
# GOODBYE, and a different one for an empty value).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
# debug is required by packet-stream-codec, which does not declare it.
npm install --ignore-scripts --no-audit --no-fund packet-stream-codec@1.2.0 stream-to-pull-stream@1.7.3 debug@4.4.3 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const codec = require('packet-stream-codec')
const toPull = require('stream-to-pull-stream')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

// values makes a pull-stream source of a list.
function values(list) {
  let i = 0
  return (abort, cb) => (abort || i === list.length ? cb(abort || true) : cb(null, list[i++]))
}

// over sends packets over TCP and returns what is decoded, and the way the stream ended.
async function over(packets) {
  let decoded
  const done = new Promise((resolve) => { decoded = resolve })
  const server = net.createServer((c) => {
    c.on('error', () => {})
    const read = codec.decode()(toPull.source(c))
    const got = []
    const next = () => read(null, (end, packet) => {
      if (end) return decoded([...got, end === true ? 'end' : end.message])
      got.push(packet === 'GOODBYE' ? packet : packet.value)
      next()
    })
    next()
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const socket = net.connect(server.address().port, '127.0.0.1')
  socket.on('error', () => {})
  toPull.sink(socket)(codec.encode()(values(packets)))
  const got = await done
  socket.destroy()
  server.close()
  return JSON.stringify(got)
}

async function main() {
  const message = (req, value) => ({ req, value })
  const cases = [
    ['"a", "b", "c"', ['a', 'b', 'c'], '["a","b","c","GOODBYE","end"]'],
    ['"a", null, "c"', ['a', null, 'c'], '["a",null,"c","GOODBYE","end"]'],
    ['"a", "", "c"', ['a', '', 'c'], '["a","GOODBYE","end"]'],
    ['"a", an empty Buffer, "c"', ['a', Buffer.alloc(0), 'c'], '["a","GOODBYE","end"]'],
  ]
  let same = true
  for (const [what, list, stated] of cases) {
    const got = await over([...list.map((v, i) => message(i + 1, v)), 'GOODBYE'])
    console.log(`sent ${what}, GOODBYE; read ${got}`)
    same = same && got === stated
  }
  if (!same) {
    console.log('packet-stream-codec behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node --no-deprecation main.js
