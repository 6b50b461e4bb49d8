#!/usr/bin/env bash
# No server gets a long message of the Node package gelf: its chunks have a header of 5 bytes in place of 12.
#
# Expected: a GELF message that does not fit into a datagram is sent in chunks. Each has two bytes of magic number,
# eight bytes of an id that is the same in all of them, its number and the number of chunks; then
# comes the data (Graylog's documentation of GELF via UDP). A client that offers chunking speaks with each
# server that does, and a long stack trace arrives like a short line.
# Seen, the Node package gelf 2.0.1 with a server of graygelf 2.0.0:
# - The id is one number, and so one byte: the header is 1E 0F, the id, the number of the chunk, and how many there
#   are. A server takes seven bytes of the message for a part of the id and for the two numbers, and waits
#   for chunks that do not exist.
# - What is longer than 1420 bytes after compression is lost, and with the option "lan" what is longer than 8154. The
#   callback gets no error, and no "error" is emitted. It is the long messages that say why a program failed.
# Short messages arrive. Long ones of gelfling 0.3.1, graylog2 0.2.1, gelf-pro 1.4.0 and graygelf itself do, too.
# Consequence: use another client, or cut messages before they are logged.
# Sources: the package's gelf.js (createPackets appends msgId, a number of eight digits, to the bytes of the
# magic number, and Buffer.from takes one byte of each).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund gelf@2.0.1 graygelf@2.0.0 gelfling@0.3.1 graylog2@0.2.1 gelf-pro@1.4.0 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const dgram = require('dgram')
const { randomBytes } = require('crypto')
const Gelf = require('gelf')
const GrayGelf = require('graygelf')
const GrayGelfServer = require('graygelf/server')
const { graylog } = require('graylog2')
const gelfling = require('gelfling')
const pro = require('gelf-pro')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
// Random bytes do not get shorter by compression.
const LONG = randomBytes(3000).toString('base64')

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

async function main() {
  const probe = dgram.createSocket('udp4')
  await new Promise((ready) => probe.bind(0, '127.0.0.1', ready))
  const { port } = probe.address()
  await new Promise((closed) => probe.close(closed))

  const server = GrayGelfServer()
  const got = []
  let headers = []
  server.on('data', (datagram) => { if (datagram[0] === 0x1e) headers.push(datagram) })
  server.on('message', ({ short_message: text }) => got.push(text === LONG ? 'long' : text))
  server.on('error', (err) => got.push(err.message))
  server.listen(port, '127.0.0.1')

  const host = '127.0.0.1'
  const gelf = new Gelf({ graylogPort: port, graylogHostname: host, connection: 'wan' })
  gelf.on('error', (err) => got.push(err.message))
  const two = new graylog({ servers: [{ host, port }] })
  const gray = GrayGelf({ host, port })
  pro.setConfig({ adapterName: 'udp', adapterOptions: { host, port } })
  const clients = {
    gelf: (text) => gelf.emit('gelf.log', { short_message: text }, (err) => { if (err) got.push(err.message) }),
    gelfling: (text) => gelfling(host, port).send(text),
    graylog2: (text) => two.info(text),
    'gelf-pro': (text) => pro.info(text),
    graygelf: (text) => gray.info(text),
  }
  for (const [name, send] of Object.entries(clients)) {
    headers = []
    send(LONG)
    // Those of gelf are never complete.
    while (name === 'gelf' ? headers.length < 3 : !got.length) await sleep(50)
    check(`${name}, a long message`, got.splice(0).join(', ') || 'nothing', name === 'gelf' ? 'nothing' : 'long')
    // The first byte in which the chunks differ is their number.
    const [first, second] = headers
    check(`${name}, number of the chunk is byte`, first.findIndex((byte, i) => byte !== second[i]), name === 'gelf' ? 3 : 10)
    send('short')
    while (!got.length) await sleep(50)
    await sleep(200)
    check(`${name}, a short message`, got.splice(0).join(', '), 'short')
  }

  if (!same) {
    console.log('one of the packages behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node --no-deprecation main.js
