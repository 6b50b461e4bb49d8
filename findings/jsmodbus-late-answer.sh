#!/usr/bin/env bash
# After one late answer jsmodbus rejects every request that follows at once.
#
# Expected: each Modbus/TCP message carries a transaction id. A client whose request has
# timed out ignores the answer that comes later, and the next request gets its own, as
# with modbus-serial.
# Seen, jsmodbus 5.0.0: the late answer has another id than the current request, which
# is therefore rejected with the error OutOfSync ("request fc and response fc does not
# match"), and so are all that are queued. But the rejected request has been sent, and
# its answer is on its way: it meets the next request, which is rejected in turn, and so
# on. A program that polls without a pause gets no value any more, though the server
# answers each request correctly. Only a pause longer than one answer takes ends this.
# A test with one slow answer and a single request after it sees one error only.
# Consequence: after a timeout or OutOfSync, connect again, or wait before the next
# request for as long as an answer may take.
# Sources: tcp-client-request-handler.js (handle rejects the current request if the ids
# differ); the Modbus messaging guide V1.0b, section 3.1.3, on transaction ids.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund --omit=optional jsmodbus@5.0.0 modbus-serial@8.0.25 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const { client: { TCP } } = require('jsmodbus')
const ModbusRTU = require('modbus-serial')

setTimeout(() => { console.log('gave up after 120 s'); process.exit(1) }, 120000).unref()

const pause = (ms) => new Promise((done) => setTimeout(done, ms))

// server answers one request after the other: a register holds its own address. An
// answer takes 200 ms, and that for register 1000 takes 2.5 s.
const server = net.createServer((c) => {
  let rest = Buffer.alloc(0)
  let turn = Promise.resolve()
  c.on('error', () => {})
  c.on('data', (d) => {
    rest = Buffer.concat([rest, d])
    for (; rest.length >= 12; rest = rest.subarray(12)) {
      const ask = rest.subarray(0, 12)
      turn = turn.then(async () => {
        await pause(ask.readUInt16BE(8) === 1000 ? 2500 : 200)
        c.write(Buffer.concat([ask.subarray(0, 4), Buffer.from([0, 5]), ask.subarray(6, 8),
          Buffer.from([2]), ask.subarray(8, 10)]))
      })
    }
  })
})

// jsmodbus and serial connect a client that waits 2 s for an answer, and return a
// function that reads one register.
async function jsmodbus(port) {
  const socket = net.connect(port, '127.0.0.1')
  const client = new TCP(socket, 1, 2000)
  await new Promise((done) => socket.once('connect', done))
  return async (address) => (await client.readHoldingRegisters(address, 1)).response.body.valuesAsArray[0]
}

async function serial(port) {
  const client = new ModbusRTU()
  await client.connectTCP('127.0.0.1', { port })
  client.setID(1)
  client.setTimeout(2000)
  return async (address) => (await client.readHoldingRegisters(address, 1)).data[0]
}

// poll reads registers one after the other, the slow one first, and returns how each
// call ended: the value, or the kind of error.
async function poll(read) {
  const results = []
  for (const address of [1000, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
    results.push(await read(address).then(String, (err) => err.err || err.name))
  }
  await pause(2000)
  results.push('after a pause: ' + await read(11).then(String, (err) => err.err || err.name))
  return results.join(' ')
}

server.listen(0, '127.0.0.1', async () => {
  const port = server.address().port
  const good = await poll(await serial(port))
  console.log('modbus-serial: ' + good)
  const bad = await poll(await jsmodbus(port))
  console.log('jsmodbus: ' + bad)
  const same = good.endsWith(' 1 2 3 4 5 6 7 8 9 10 after a pause: 11') &&
    bad.startsWith('Timeout OutOfSync ') && bad.split('OutOfSync').length > 5 && bad.endsWith('after a pause: 11')
  if (!same) console.log('the packages behave differently from what is stated here')
  process.exit(same ? 0 : 1)
})
END
node main.js
