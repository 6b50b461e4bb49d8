#!/usr/bin/env bash
# osc-js refuses an OSC bundle that encloses a later one, and rounds its time; osc-min loses what follows a colour.
#
# Expected: a bundle of OSC messages has the time at which they take effect. A bundle may contain others, whose times
# are the same or later (OSC 1.0, "Temporal Semantics and OSC Time Tags"), and other messages after those.
# The fraction of a time counts in 2^-32 s. A colour (type r) is four bytes. A receiver with the option
# discardLateMessages drops messages whose time is over.
# Seen, the Node packages osc-js 2.4.1 and osc-min 2.1.2, with osc 2.4.5 at the other end:
# - osc-js has the rule the wrong way round: if the inner bundle is later than the outer one, also one that says
#   "immediately", it emits an error, and neither the inner messages nor those behind it are handled. An inner
#   bundle that is earlier is accepted.
# - What comes behind an inner bundle is read as a part of it, and so gets its time.
# - osc-js rounds the fraction of a time to a whole second: a bundle for 12:00:00.4 is due at 12:00:00, one for
#   12:00:00.6 at 12:00:01. Rhythms that are sent ahead of time stumble by up to half a second.
# - With discardLateMessages late messages are handled all the same, one turn of the event loop later.
# - osc-min writes a colour in 16 bytes. A number that follows it is 0, for osc and for osc-min's own reader.
# Bundles without an inner one that are due at once are right.
# Consequence: send flat bundles to osc-js, and schedule yourself by timetag.value.seconds and fractions. In osc-min
# send a colour as an integer, or as the last argument.
# Sources: osc-js's lib/osc.js (dispatch, Bundle.unpack reads up to the end of the packet, Timetag.timestamp, and notify,
# where setTimeout comes after the test for late messages); osc-min's osc-utilities.js (ArrayBuffer(4 * 4)).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund --omit=optional osc@2.4.5 osc-js@2.4.1 osc-min@2.1.2 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.mjs <<'END'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import * as min from 'osc-min'

const require = createRequire(import.meta.url)
const osc = require('osc')
const OSC = require('osc-js')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
const sender = dgram.createSocket('udp4')

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

// receive starts a receiver on osc-js, and returns a function that sends it a packet and returns what it handles. At least
// one event is expected.
async function receive(options) {
  const probe = dgram.createSocket('udp4')
  await new Promise((ready) => probe.bind(0, '127.0.0.1', ready))
  const { port } = probe.address()
  await new Promise((closed) => probe.close(closed))
  const events = []
  const plugin = new OSC.DatagramPlugin({ open: { host: '127.0.0.1', port } })
  const receiver = new OSC({ plugin, ...options })
  for (const name of ['/before', '/inner', '/after']) receiver.on(name, () => events.push(name))
  receiver.on('error', (err) => events.push(err.message))
  const open = new Promise((done) => receiver.on('open', done))
  receiver.open()
  await open
  return async (packet) => {
    sender.send(Buffer.from(osc.writePacket(packet)), port, '127.0.0.1')
    while (!events.length) await sleep(50)
    await sleep(200)
    return events.splice(0).join(', ')
  }
}

// Both times are over, so that all messages are due at once.
const EARLY = { native: 1000000000000 }
const LATE = { native: 1000000005000 }
const NOW = { raw: [0, 1] }
const message = (address) => ({ address, args: [1] })
const bundle = (timeTag, ...packets) => ({ timeTag, packets })
const REFUSED = 'OSC Bundle timestamp is older than the timestamp of enclosed Bundles'

const send = await receive({})
check('a flat bundle', await send(bundle(EARLY, message('/before'), message('/after'))), '/before, /after')
check('an inner bundle at the same time', await send(bundle(EARLY, message('/before'), bundle(EARLY, message('/inner')), message('/after'))),
  '/before, /inner, /after')
check('a later one', await send(bundle(EARLY, message('/before'), bundle(LATE, message('/inner')), message('/after'))), '/before, ' + REFUSED)
check('a later one in "immediately"', await send(bundle(NOW, message('/before'), bundle(LATE, message('/inner')), message('/after'))),
  '/before, ' + REFUSED)
check('an earlier one', await send(bundle(LATE, message('/before'), bundle(EARLY, message('/inner')), message('/after'))),
  '/before, /inner, /after')
const discard = await receive({ discardLateMessages: true })
check('a late message, to be discarded', await discard(bundle(EARLY, message('/before'))), '/before')

// parse returns a bundle as osc-js reads it.
function parse(packet) {
  const bytes = Uint8Array.from(osc.writePacket(packet))
  const result = new OSC.Packet()
  result.unpack(new DataView(bytes.buffer))
  return result.value
}

const text = (item) => item.address ?? `[${item.bundleElements.map(text).join(' ')}]`
check('nested', text(parse(bundle(EARLY, message('/before'), bundle(EARLY, message('/inner')), message('/after')))), '[/before [/inner /after]]')
for (const [ms, want] of [[0, 0], [400, 0], [499, 0], [500, 1000], [600, 1000]]) {
  const packet = bundle({ native: EARLY.native + ms }, message('/before'))
  check(`${ms} ms behind a second, osc-js`, parse(packet).timetag.value.timestamp() - EARLY.native, want)
  check(`${ms} ms behind a second, osc`, osc.readPacket(osc.writePacket(packet), {}).timeTag.native - EARLY.native, ms)
}

const colour = min.toBuffer({
  address: '/led',
  args: [{ type: 'color', value: { red: 10, green: 20, blue: 30, alpha: 255 } }, { type: 'integer', value: 7 }],
})
const bytes = new Uint8Array(colour.buffer, colour.byteOffset, colour.byteLength)
const [{ r, g, b }, number] = osc.readPacket(bytes, {}).args
check('osc-min, a colour and 7, read by osc', [r, g, b, number].join(), '10,20,30,0')
check('and by osc-min', min.fromBuffer(colour).args.map((a) => (a.type === 'color' ? Object.values(a.value) : a.value)).join(), '10,20,30,255,0')
const right = osc.writePacket({ address: '/led', args: [{ type: 'r', value: { r: 10, g: 20, b: 30, a: 1 } }, { type: 'i', value: 7 }] })
check('osc, a colour and 7, read by osc-min', min.fromBuffer(right).args.map((a) => (a.type === 'color' ? Object.values(a.value) : a.value)).join(), '10,20,30,255,7')

if (!same) {
  console.log('one of the packages behaves differently from what is stated here')
  process.exit(1)
}
process.exit(0)
END
node --no-deprecation main.mjs
