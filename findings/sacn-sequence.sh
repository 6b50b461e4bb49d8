#!/usr/bin/env bash
# The receiver of sacn takes late packets and drops the first one after a gap, the reverse of the standard.
#
# Expected: of two E1.31 packets (DMX over IP, sACN) with the sequence numbers A and then B, the second
# is out of order, and dropped, if B - A, as a signed byte, is from -19 to 0. All others are taken, as
# after a loss or a restart of the sender (E1.31 section 6.7.2). A packet may have another start code
# than 0, which only some receivers need; it may be a preview, which is not for the stage (6.2.6); a
# sender that stops says so (Stream_Terminated), and its last values are void.
# Seen, the Node package sacn 4.6.2:
# - A packet that arrives late is emitted like any other, so a lamp that was turned off goes on again,
#   until the next packet. A packet that arrives twice is emitted twice.
# - If the number is more than 20 away from the last one, the packet is dropped, with the event
#   "PacketOutOfOrder". A desk that is restarted begins at 0: its first packet is lost. If it sends
#   only what changes, as the package's own sender does, that is its first cue.
#   After 250 the number 2, eight later, counts as 248 away.
# - Packets with the start code DD (the priority of each channel, which desks of one maker send in turn
#   with the values) are reported as "PacketCorruption".
# - A preview, and the values of a sender that says it has stopped, come as "packet" like others.
# - Channels at 0 are missing in payload: a lamp that goes out is not "0", but not there.
# A network that keeps the order, and a test that counts up from 0, show only the last.
# The package's Sender does not say that it stops: receivers keep its last values for 2.5 s.
# Consequence: compare packet.sequence yourself, with the one before of the same packet.cid and universe, as
# the standard does; look at bits 7 and 6 of packet.options; take payload[channel] ?? 0. Send the
# first values twice.
# Sources: sacn's dist/receiver.js (Math.abs(...) > 20), dist/packet.js (asserts that the start code is 0)
# and dist/util.js (objectify); ANSI E1.31-2018, sections 6.2.6 and 6.7.2.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund sacn@4.6.2 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const dgram = require('dgram')
const { once } = require('events')
const { Receiver, Sender } = require('sacn')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

// encode makes an E1.31 data packet for universe 1 in which the first channels have these values.
function encode(sequence, values, { startCode = 0, options = 0 } = {}) {
  const packet = Buffer.alloc(126 + values.length)
  const length = (at) => packet.writeUInt16BE(0x7000 | (packet.length - at), at)
  packet.writeUInt16BE(0x10, 0) // root layer
  packet.write('ASC-E1.17', 4)
  length(16)
  packet.writeUInt32BE(4, 18)
  packet.fill(0x11, 22, 38) // the sender's id
  length(38) // framing layer
  packet.writeUInt32BE(2, 40)
  packet.write('desk', 44)
  packet[108] = 100 // priority
  packet[111] = sequence
  packet[112] = options
  packet.writeUInt16BE(1, 113)
  length(115) // DMP layer
  packet[117] = 2
  packet[118] = 0xa1
  packet.writeUInt16BE(1, 121)
  packet.writeUInt16BE(values.length + 1, 123)
  packet[125] = startCode
  packet.set(values, 126)
  return packet
}

async function main() {
  const probe = dgram.createSocket('udp4').bind(0, '127.0.0.1')
  await once(probe, 'listening')
  const port = probe.address().port
  probe.close()
  await once(probe, 'close')

  const events = []
  const receiver = new Receiver({ universes: [1], port, iface: '127.0.0.1' })
  receiver.on('packet', (p) => events.push(`${p.sequence} ${JSON.stringify(p.payload)}`))
  receiver.on('PacketOutOfOrder', () => events.push('PacketOutOfOrder'))
  receiver.on('PacketCorruption', () => events.push('PacketCorruption'))
  await once(receiver.socket, 'listening')
  const socket = dgram.createSocket('udp4')
  async function send(what, packets, want) {
    for (const packet of packets) {
      socket.send(packet, port, '127.0.0.1')
      await once(receiver.socket, 'message')
    }
    check(what, events.splice(0).join('; '), want)
  }

  await send('1 on, 2 half, 3 off', [encode(1, [255]), encode(2, [128]), encode(3, [0])],
    '1 {"1":100}; 2 {"1":50.2}; 3 {}')
  await send('2 half again, late', [encode(2, [128])], '2 {"1":50.2}')
  await send('3 off, twice', [encode(3, [0]), encode(3, [0])], '3 {}; 3 {}')
  await send('40 and 41, after a gap', [encode(40, [255]), encode(41, [255])], 'PacketOutOfOrder; 41 {"1":100}')
  await send('0 and 1, after a restart', [encode(0, [255]), encode(1, [255])], 'PacketOutOfOrder; 1 {"1":100}')
  const up = []
  for (let n = 10; n <= 250; n += 10) up.push(encode(n, [255]))
  for (const packet of up) {
    socket.send(packet, port, '127.0.0.1')
    await once(receiver.socket, 'message')
  }
  events.length = 0
  await send('2, eight after 250', [encode(2, [255])], 'PacketOutOfOrder')
  await send('start code DD', [encode(3, [100], { startCode: 0xdd })], 'PacketCorruption')
  await send('4, a preview', [encode(4, [255], { options: 0x80 })], '4 {"1":100}')
  await send('5, the sender has stopped', [encode(5, [255], { options: 0x40 })], '5 {"1":100}')

  const sender = new Sender({ universe: 1, port, useUnicastDestination: '127.0.0.1' })
  await Promise.all([once(receiver.socket, 'message'), sender.send({ payload: { 1: 100, 2: 0 } })])
  check("the package's sender", events.splice(0).join('; '), '0 {"1":100}')
  sender.close()
  await sleep(300)
  check('after its close()', events.join('; ') || 'nothing', 'nothing')

  if (!same) {
    console.log('sacn behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node --no-deprecation main.js
