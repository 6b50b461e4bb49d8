#!/usr/bin/env bash
# artnet drops the last value at close(), and dmxnet forgets the channels that artnet leaves out.
#
# Expected: a program that turns its lamps off and closes has turned them off. Each set() has a callback,
# which is called once. Art-Net lets a sender leave out the channels behind the last one that it needs
# (the field Length of ArtDmx); a receiver keeps what it has for the others.
# Seen, the Node packages artnet 1.4.0 and dmxnet 0.9.0:
# - artnet sends at most every 25 ms. A value that waits for that is dropped by close(), without an
#   error: after set(255), set(0) and close(), the lamp stays on. If close() comes in the same turn of
#   the event loop as the first set(), nothing is sent at all.
# - Two calls of set() within 25 ms both report to the first one's callback. A program that counts or
#   matches its callbacks takes the second value for lost.
# - artnet leaves out what is behind the last changed channel. In dmxnet, "data" and "values" of a
#   receiver are then that short: after channel 100 is on and channel 1 changes, values[99] is
#   undefined, up to four seconds, when artnet sends all channels again. A lamp that follows it
#   goes out, or a calculation gets NaN.
# dmxnet's own sender always sends 512 channels, so two programs on dmxnet do not show the last.
# Consequence: wait 30 ms between two calls of set() whose callbacks count, and before close(). Give
# artnet the option sendAll, or merge each "data" into an array of your own.
# Sources: artnet's lib/artnet.js (send returns early with sendThrottle, and calls itself with the callback of
# the first; close clears the timers) and README; dmxnet's lib.js (receive replaces values).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund artnet@1.4.0 dmxnet@0.9.0 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const dgram = require('dgram')
const { once } = require('events')
const artnet = require('artnet')
const { dmxnet } = require('dmxnet')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

async function main() {
  // A lamp on channel 1 of universe 0, and a note of what it gets: the number of channels and the first one.
  const seen = []
  const lamp = dgram.createSocket('udp4', (packet) => seen.push(`${packet.readUInt16BE(16)} channels, the first ${packet[18]}`))
  lamp.bind(0, '127.0.0.1')
  await once(lamp, 'listening')
  const connect = (port, more) => artnet({ host: '127.0.0.1', port, ...more })
  async function take() {
    await sleep(300)
    return seen.splice(0).join('; ') || 'nothing'
  }

  let desk = connect(lamp.address().port)
  desk.set(0, 1, 255)
  await sleep(100)
  desk.set(0, 1, 128)
  await sleep(5)
  desk.set(0, 1, 0)
  await sleep(100)
  desk.close()
  check('on, half, off, a pause, close()', await take(), '2 channels, the first 255; 2 channels, the first 128; 2 channels, the first 0')

  desk = connect(lamp.address().port)
  desk.set(0, 1, 255)
  await sleep(100)
  desk.set(0, 1, 128)
  await new Promise(setImmediate)
  desk.set(0, 1, 0)
  await new Promise(setImmediate)
  desk.close()
  check('on, half, off, close()', await take(), '2 channels, the first 255; 2 channels, the first 128')

  desk = connect(lamp.address().port)
  desk.set(0, 1, 0)
  desk.close()
  check('off, close()', await take(), 'nothing')

  desk = connect(lamp.address().port)
  const calls = []
  desk.set(0, 1, 255, () => calls.push('first'))
  desk.set(0, 1, 0, () => calls.push('second'))
  check('on, off', await take(), '2 channels, the first 255; 2 channels, the first 0')
  check('the callbacks', calls.join(', '), 'first, first')
  desk.close()

  // dmxnet listens on a port that was free a moment ago.
  const free = dgram.createSocket('udp4').bind(0, '127.0.0.1')
  await once(free, 'listening')
  const port = free.address().port
  free.close()
  await once(free, 'close')
  const node = new dmxnet({ listen: port, hosts: ['127.0.0.1'], log: { level: 'error' } })
  for (const sendAll of [false, true]) {
    const receiver = node.newReceiver({ net: 0, subnet: 0, universe: 0 })
    await sleep(100)
    desk = connect(port, { sendAll })
    desk.set(0, 100, 255)
    await once(receiver, 'data')
    check(`channel 100 of dmxnet, sendAll ${sendAll}`, receiver.values[99], 255)
    desk.set(0, 1, 10)
    await once(receiver, 'data')
    check('the same after channel 1 has changed', receiver.values[99], sendAll ? 255 : undefined)
    if (!sendAll) {
      check('the number of channels', receiver.values.length, 2)
      await once(receiver, 'data')
      check('after the next refresh', receiver.values[99], 255)
    }
    desk.close()
  }

  if (!same) {
    console.log('artnet or dmxnet behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node --no-deprecation main.js
