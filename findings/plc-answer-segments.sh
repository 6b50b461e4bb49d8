#!/usr/bin/env bash
# Two Node clients for PLCs drop the conn if an answer comes in two segments.
#
# Expected: an answer of a PLC over TCP says how long it is: in the TPKT header for Siemens S7,
# in bytes 7 and 8 for Mitsubishi's MC protocol (frame 3E). A client waits for all of it.
# Seen, the Node packages nodes7 0.3.18 and mcprotocol 0.1.2: what one "data" event brings is
# one answer. If the answer comes in two segments, all values of the read are "BAD 255", as if
# the PLC did not know them. nodes7 resets the conn for it, and mcprotocol does so
# if the first segment has fewer than 11 bytes. With a gateway in between that cuts each
# answer, no read ever succeeds, though the PLC answers each one rightly.
# nodes7 does separate two answers that come in one segment.
# A simulator on the same machine sends each answer in one segment, so tests pass.
# Consequence: put a small proxy in front that collects whole answers, or set a request size so
# small that an answer fits a segment everywhere on the way.
# Sources: nodes7 nodeS7.js and mcprotocol mcprotocol.js (onResponse compares the length of the
# event's bytes with the header, and resets or marks the items as bad; nothing is kept for the
# next event); RFC 1006 section 6 on TPKT.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund nodes7@0.3.18 mcprotocol@0.1.2 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const NodeS7 = require('nodes7')
const MCProtocol = require('mcprotocol')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
const say = console.log
console.log = () => {} // mcprotocol prints its log

function tpkt(body) {
  const header = Buffer.from([3, 0, 0, 0])
  header.writeUInt16BE(body.length + 4, 2)
  return Buffer.concat([header, body])
}

// s7 answers a request of a Siemens client: connect, negotiate, or read one item, which is
// the word 42. isRead tells a read from the other two.
function s7(request) {
  if (request[5] === 0xe0) {
    const confirm = Buffer.from(request.subarray(4))
    confirm[1] = 0xd0
    request.copy(confirm, 2, 8, 10)
    return { answer: tpkt(confirm), isRead: false }
  }
  const isRead = request[17] === 4
  const parameters = isRead ? [4, 1] : [0xf0, 0, 0, 8, 0, 8, 1, 0xe0]
  const data = isRead ? [0xff, 4, 0, 16, 0, 42] : []
  const head = Buffer.from([2, 0xf0, 0x80, 0x32, 3, 0, 0, 0, 0, 0, parameters.length, 0, data.length, 0, 0])
  request.copy(head, 7, 11, 13)
  return { answer: tpkt(Buffer.concat([head, Buffer.from(parameters), Buffer.from(data)])), isRead }
}

// mc answers a read of one word of a Mitsubishi client in the same way.
const mc = () => ({ answer: Buffer.from([0xd0, 0, 0, 0xff, 0xff, 3, 0, 4, 0, 0, 0, 42, 0]), isRead: true })

// read starts a PLC whose answers to reads are cut after some bytes, and reads an item twice
// in succession. It returns the values and the number of conns.
async function read(client, item, answerTo, options, cut) {
  let conns = 0
  const plc = net.createServer((c) => {
    conns++
    c.setNoDelay(true)
    c.on('error', () => {})
    c.on('data', async (request) => {
      const { answer, isRead } = answerTo(request)
      if (!isRead || !cut) return c.write(answer)
      c.write(answer.subarray(0, cut))
      await sleep(100)
      c.write(answer.subarray(cut))
    })
  })
  await new Promise((ready) => plc.listen(0, '127.0.0.1', ready))
  const { port } = plc.address()
  await new Promise((ready) => client.initiateConnection({ host: '127.0.0.1', port, ...options }, ready))
  client.addItems(item)
  const values = []
  for (let i = 0; i < 2; i++) {
    values.push(await new Promise((done) => client.readAllItems((bad, all) => done(all[item]))))
  }
  client.dropConnection()
  plc.close()
  return `${values.join(', ')}; conns: ${conns}`
}

async function main() {
  const seen = []
  for (const cut of [0, 15]) {
    seen.push(await read(new NodeS7({ silent: true }), 'DB1,INT0', s7, { rack: 0, slot: 1 }, cut))
    say(`nodes7, answers ${cut ? 'cut after ' + cut + ' bytes' : 'whole'}: ${seen.at(-1)}`)
  }
  for (const cut of [0, 12]) {
    seen.push(await read(new MCProtocol(), 'D0', mc, { ascii: false, frame: '3E' }, cut))
    say(`mcprotocol, answers ${cut ? 'cut after ' + cut + ' bytes' : 'whole'}: ${seen.at(-1)}`)
  }
  const [whole, cut, whole3E, cut3E] = seen
  if (whole !== '42, 42; conns: 1' || cut !== 'BAD 255, BAD 255; conns: 2' ||
      whole3E !== '42, 42; conns: 1' || !cut3E.startsWith('BAD 255, BAD 255')) {
    say('nodes7 or mcprotocol behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
