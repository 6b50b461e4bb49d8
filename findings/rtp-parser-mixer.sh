#!/usr/bin/env bash
# rtp-parser reads the sources in a mixer's packet three bytes too early, and plays extensions and padding as sound.
#
# Expected: an RTP packet has its sender in bytes 8 to 11, then the sources that a mixer has added up, four bytes
# each (CSRC), then a header extension if there is one. What follows is the payload, up to the padding,
# whose last byte says how long it is (RFC 3550 sections 5.1 and 5.3.1). The result of a parser for RTP
# has these lists, and a payload that can be given to the decoder.
# Seen, the Node package rtp-parser 1.0.0, with packets of rtp.js 0.15.5:
# - The list csrc begins at byte 9: each source is three bytes of the number before it and one of its own. From the
#   sources 22222222 and 33333333 of the mixer 11111111 it makes 11111122 and 22222233. A list of who speaks
#   has nobody of the call, and one more unknown for each mixer.
# - The header extension, as browsers and phones send it with the level of the sound, is the beginning of
#   the payload: with PCMU, 8 bytes of noise in each packet.
# - Padding is the end of the payload. The fields "extension" and "padding" are 1, but the length of
#   neither is returned.
# rtp.js reads all of it right, and rtp-parser a packet with a plain header.
# Consequence: skip 12 + 4 * csrcCount bytes yourself, then the extension, and cut off the padding; or use
# rtp.js.
# Sources: the package's index.js (readUInt32BE(9 + 4 * i); the payload is all behind the sources) and its
# README ("add csrc test").
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund rtp-parser@1.0.0 rtp.js@0.15.5 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.mjs <<'END'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { packets } from 'rtp.js'

const { parseRtpPacket } = createRequire(import.meta.url)('rtp-parser')
const { RtpPacket } = packets

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const bytes = (text) => new DataView(Uint8Array.from(Buffer.from(text)).buffer)
const text = (view) => Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('hex')
const sources = (list) => list.map((n) => n.toString(16)).join(' ') || 'none'

// create returns a packet with the payload "voice!!", seven bytes.
function create(change) {
  const packet = new RtpPacket()
  packet.setPayloadType(0)
  packet.setSequenceNumber(1)
  packet.setTimestamp(160)
  packet.setSsrc(0x11111111)
  packet.setPayload(bytes('voice!!'))
  change(packet)
  const view = new DataView(new ArrayBuffer(packet.getByteLength()))
  packet.serialize(view.buffer)
  return Buffer.from(view.buffer)
}

const receiver = dgram.createSocket('udp4')
receiver.bind(0, '127.0.0.1')
await once(receiver, 'listening')
const sender = dgram.createSocket('udp4')

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

const VOICE = Buffer.from('voice!!').toString('hex')

async function compare(name, change, want) {
  sender.send(create(change), receiver.address().port, '127.0.0.1')
  const [datagram] = await once(receiver, 'message')
  const right = new RtpPacket(new DataView(Uint8Array.from(datagram).buffer))
  check(name + ', rtp.js', `sources ${sources(right.getCsrcs())}, payload ${text(right.getPayload())}`, want[0])
  const got = parseRtpPacket(datagram)
  check(name + ', rtp-parser', `sources ${sources(got.csrc)}, payload ${got.payload.toString('hex')}`, want[1])
}

await compare('plain', () => {}, ['sources none, payload ' + VOICE, 'sources none, payload ' + VOICE])
await compare('a mixer', (p) => p.setCsrcs([0x22222222, 0x33333333]),
  ['sources 22222222 33333333, payload ' + VOICE, 'sources 11111122 22222233, payload ' + VOICE])
await compare('an extension', (p) => {
  p.enableOneByteExtensions()
  p.setExtension(1, bytes('\x7f'))
}, ['sources none, payload ' + VOICE, 'sources none, payload bede0001107f0000' + VOICE])
await compare('padding', (p) => p.padTo4Bytes(), ['sources none, payload ' + VOICE, 'sources none, payload ' + VOICE + '01'])

sender.close()
receiver.close()
if (!same) {
  console.log('rtp-parser behaves differently from what is stated here')
  process.exit(1)
}
process.exit(0)
END
node main.mjs
