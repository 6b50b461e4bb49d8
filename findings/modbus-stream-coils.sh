#!/usr/bin/env bash
# modbus-stream hands out 16 coils if nine are written, so a server overwrites seven that nobody named.
#
# Expected: "write multiple coils" says how many coils follow, and the last byte is filled up with zeros,
# which are none (Modbus Application Protocol 1.1b3, section 6.11; the answer to "read coils" likewise,
# 6.1). A server gets as many values as are written, a client as many as it has asked for.
# Seen, the Node package modbus-stream 0.46.0 (with modbus-pdu 1.14.1) with Debian's mbpoll 1.4.11+dfsg-2:
# - request.values has whole bytes: mbpoll writes nine coils, and there are 16 values. A server that stores them,
#   as it is natural with forEach, turns off the seven coils behind. mbpoll reads them as off.
# - A client that reads one coil gets eight values, and for nine it gets 16.
# - If the count is a multiple of eight, as in the README, all is right. Registers are right, too.
# Consequence: take request.values.slice(0, request.quantity), and as many of response.data as were asked for.
# Sources: modbus-pdu's lib/Helpers.js (bufferToBits knows only bytes) and lib/protocol/WRITE_MULTIPLE_COILS.js.
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download mbpoll=1.4.11+dfsg-2 libmodbus5 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund modbus-stream@0.46.0 modbus-pdu@1.14.1 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const { once } = require('events')
const { execFile } = require('child_process')
const { promisify } = require('util')
const modbus = require('modbus-stream')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

async function main() {
  // A server of 20 coils, all on, that stores what it is told to.
  const coils = new Array(20).fill(1)
  let written
  const server = modbus.tcp.server({ debug: null }, (conn) => {
    conn.on('read-coils', ({ request }, reply) => reply(null, coils.slice(request.address, request.address + request.quantity)))
    conn.on('write-multiple-coils', ({ request }, reply) => {
      written = `${request.quantity} coils, ${request.values.length} values`
      request.values.forEach((value, i) => { coils[request.address + i] = value })
      reply(null, request.address, request.quantity)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = server.address().port

  const args = ['-m', 'tcp', '-p', String(port), '-o', '5', '-q', '-t', '0', '-r', '1']
  const mbpoll = async (...more) => (await promisify(execFile)('usr/bin/mbpoll', [...args, ...more], { env: { ...process.env, LD_LIBRARY_PATH: process.env.LIBS } })).stdout
  const readAll = async () => (await mbpoll('-1', '-c', '20', '127.0.0.1')).match(/^\[\d+\]:\s+(\d)/gm).map((line) => line.at(-1)).join('')

  check('mbpoll reads', await readAll(), '1'.repeat(20))
  await mbpoll('127.0.0.1', ...'01010101')
  check('mbpoll writes 01010101, the server gets', written, '8 coils, 8 values')
  check('mbpoll reads', await readAll(), '01010101' + '1'.repeat(12))
  await mbpoll('127.0.0.1', ...'010101010')
  check('mbpoll writes 010101010, the server gets', written, '9 coils, 16 values')
  check('mbpoll reads', await readAll(), '010101010' + '0000000' + '1111')

  const client = await new Promise((done, fail) => modbus.tcp.connect(port, '127.0.0.1', { debug: null }, (err, conn) => (err ? fail(err) : done(conn))))
  for (const [quantity, length] of [[1, 8], [8, 8], [9, 16]]) {
    const info = await new Promise((done, fail) => client.readCoils({ address: 0, quantity }, (err, got) => (err ? fail(err) : done(got))))
    check(`a client reads ${quantity}, the number of values`, info.response.data.length, length)
  }

  if (!same) {
    console.log('modbus-stream behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
arch=$(uname -m)-linux-gnu
LIBS=$dir/usr/lib/$arch:$dir/lib/$arch node --no-deprecation main.js
