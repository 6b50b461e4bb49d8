#!/usr/bin/env bash
# A server of the Node package modbus-tcp confirms each "off" as "on", and one like its sample answers all clients at once.
#
# Expected: the answer to Write Single Coil repeats the request: FF 00 for on, 00 00 for off (Modbus Application
# Protocol V1.1b3, section 6.5). A client may compare the two to find out whether the device did it. Each client of a
# Modbus/TCP server gets the answers to its own requests; transaction ids are counted by each client for itself,
# so two clients use the same ones.
# Seen, modbus-tcp 0.4.13 with clients of modbus-serial 8.0.25:
# - The answer to "off" is FF 00. The handler gets the right value, and nothing that it can reply changes the answer.
#   A panel that shows what was confirmed shows a lamp or a valve that stays on.
# - The package's sampleServer.js has one Server, and calls its pipe() for each socket that connects. All
#   answers then go to all sockets. A client that waits for a slow register gets the value of the fast one
#   that another client has read, if their transaction ids agree, as they do after two starts.
# Registers are confirmed right, and with one client at a time all values are.
# Consequence: make a new Server for each socket, and read a coil after writing it.
# Sources: the package's lib/Server/ReadStream.js (the value of a coil is a Buffer), lib/Server/Server.js (val || data.value),
# lib/protocol/WRITE_SINGLE_COIL.js (a Buffer is true) and sampleServer.js.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund --omit=optional modbus-tcp@0.4.13 modbus-serial@8.0.25 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const { once } = require('events')
const ModbusRTU = require('modbus-serial')
const modbus = require('modbus-tcp')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const bytes = (n) => Buffer.from([n >> 8, n & 0xff])
const handled = []

let wait
let release
let slowAsked

// create returns a server whose registers hold their own addresses. From 1000 on they are not read before release().
function create() {
  const server = new modbus.Server()
  server.on('read-holding-registers', (from, to, reply) => {
    const values = []
    for (let i = from; i <= to; i++) values.push(bytes(i))
    if (from < 1000) return reply(null, values)
    wait.then(() => reply(null, values))
    slowAsked()
  })
  server.on('write-single-coil', (address, value, reply) => {
    handled.push(value.toString('hex'))
    reply(null, address === 1 ? value : false)
  })
  server.on('write-single-register', (address, value, reply) => reply(null, value))
  return server
}

async function listen(pipe) {
  const server = net.createServer((socket) => {
    socket.on('error', () => {})
    pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server.address().port
}

async function serial(port) {
  const client = new ModbusRTU()
  await client.connectTCP('127.0.0.1', { port })
  client.setID(1)
  client.setTimeout(5000)
  return client
}

// send writes a request of 12 bytes, and returns the answer in hexadecimal.
async function send(port, request) {
  const socket = net.connect(port, '127.0.0.1')
  socket.write(Buffer.from(request, 'hex'))
  const answer = []
  for await (const chunk of socket) {
    answer.push(chunk)
    if (Buffer.concat(answer).length >= 12) break
  }
  return Buffer.concat(answer).toString('hex')
}

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

async function main() {
  const own = await listen((socket) => create().pipe(socket))
  const one = await serial(own)
  check('on', (await one.writeCoil(1, true)).state, true)
  check('off, the handler replies its value', (await one.writeCoil(1, false)).state, true)
  check('off, the handler replies false', (await one.writeCoil(2, false)).state, true)
  check('the handler got', handled.join(), 'ff00,0000,0000')
  check('off on the wire', await send(own, '000100000006010500010000'), '00010000000601050001ff00')
  check('register', (await one.writeRegister(1, 0)).value, 0)

  // Both clients of each pair begin to count at the same number.
  const read = async (client, address) => (await client.readHoldingRegisters(address, 1)).data[0]
  const pair = async (port) => {
    const [slow, fast] = [await serial(port), await serial(port)]
    wait = new Promise((done) => { release = done })
    const asked = new Promise((done) => { slowAsked = done })
    const first = read(slow, 1000)
    await asked
    const second = await read(fast, 7)
    setTimeout(release, 300)
    return [second, await first].join()
  }
  check('a Server for each socket, registers 7 and 1000', await pair(own), '7,1000')
  const shared = create()
  check('one Server, as in the sample, registers 7 and 1000', await pair(await listen((socket) => shared.pipe(socket))), '7,7')

  if (!same) {
    console.log('modbus-tcp behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node --no-deprecation main.js
