#!/usr/bin/env bash
# Three AIS decoders make three numbers of one turn, and two of them lose messages that arrive interleaved.
#
# Expected: the rate of turn of a ship is 4.733 times the root of its degrees a minute, negative to port;
# -128 says that there is none, and so do 1023 for the speed, 3600 for the course and 511 for the
# heading (ITU-R M.1371, message 1). A message of two sentences has a number, so that a receiver
# can put it together if those of other ships come in between (IEC 61162-1, VDM).
# Seen, the Node packages ais-stream-decoder 2.1.2 and ggencoder 1.0.10, and gpsdecode of Debian's gpsd-clients
# 3.22-4.1+deb12u1, with one ship that turns 18 degrees a minute, to starboard and to port:
# - gpsdecode prints 18 for both: the side is lost. Only the two values for a fast turn have one.
# - ais-stream-decoder takes the root where it should square: 2.06 to starboard, null to port. A
#   ship that turns to port looks like one without a sensor.
# - ggencoder returns what is on the wire, 20 and -20, in rot, beside speed and course in knots and
#   degrees. What is not known has the values 102.3 knots, 360 and 511 degrees, and -128.
# - If the two sentences of two ships come interleaved, gpsdecode returns both messages. ais-stream-decoder
#   emits an error at the second ship's first end, and the stream is destroyed: what follows is lost,
#   too. With the option silent it goes on, without both ships.
#   ggencoder, with one session as in its README, returns one of the two.
# - If a sentence of each is lost, so that the first of one and the last of the other are left, gpsdecode
#   returns neither. ais-stream-decoder makes one message of them: a ship to ROTTERDAM and one to
#   ANTWERPEN are one ship to ROTTERPEN.
# Consequence: compute the turn yourself, from rot of ggencoder or from gpsdecode -u. Give ggencoder a session for
# each number and channel, and ais-stream-decoder the sentences of one message at a time.
# Sources: gpsd's gpsd_json.c (rot1 * rot1); ais-stream-decoder's dist/format.js (Math.sqrt(rot / 4.733)) and
# dist/ais-decoder.js (one buffer; partId is not compared); ggencoder's lib/GG-AisDecode.js.
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
version=3.22-4.1+deb12u1
{ apt-get download gpsd-clients=$version libgps28=$version &&
  apt-get download libusb-1.0-0 libdbus-1-3 libbluetooth3 libtinfo6; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund ais-stream-decoder@2.1.2 ggencoder@1.0.10 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const { execFileSync } = require('child_process')
const { finished } = require('stream')
const Decoder = require('ais-stream-decoder').default
const { AisDecode } = require('ggencoder')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

const bits = (value, length) => (value < 0 ? value + 2 ** length : value).toString(2).padStart(length, '0')
const letters = (text, length) => [...text.padEnd(length, '@')].map((c) => bits(c.charCodeAt(0) % 64, 6)).join('')

// armor writes bits as letters, six at a time.
function armor(text) {
  const fill = (6 - (text.length % 6)) % 6
  const payload = (text + '0'.repeat(fill)).match(/.{6}/g).map((six) => {
    const value = parseInt(six, 2)
    return String.fromCharCode(value < 40 ? value + 48 : value + 56)
  }).join('')
  return { payload, fill }
}

function sentence(fields) {
  const body = ['AIVDM', ...fields].join(',')
  const sum = [...body].reduce((all, c) => all ^ c.charCodeAt(0), 0)
  return `!${body}*${sum.toString(16).toUpperCase().padStart(2, '0')}`
}

// position makes a message 1 of a ship north of Heligoland.
function position({ turn = 0, speed = 100, course = 900, heading = 90 } = {}) {
  const { payload, fill } = armor(bits(1, 6) + bits(0, 2) + bits(211000003, 30) + bits(0, 4) + bits(turn, 8) + bits(speed, 10) + '0' +
    bits(7.9 * 600000, 28) + bits(54.3 * 600000, 27) + bits(course, 12) + bits(heading, 9) + bits(30, 6) + bits(0, 25))
  return sentence([1, 1, '', 'A', payload, fill])
}

// voyage makes a message 5, in two sentences.
function voyage(mmsi, name, destination, number, channel) {
  const { payload, fill } = armor(bits(5, 6) + bits(0, 2) + bits(mmsi, 30) + bits(0, 2) + bits(0, 30) + letters('CALL', 7) + letters(name, 20) +
    bits(70, 8) + bits(0, 30) + bits(1, 4) + bits(0, 20) + bits(85, 8) + letters(destination, 20) + '00')
  return [sentence([2, 1, number, channel, payload.slice(0, 56), 0]), sentence([2, 2, number, channel, payload.slice(56), fill])]
}

function gpsdecode(...lines) {
  const out = execFileSync('usr/bin/gpsdecode', ['-j'], {
    input: lines.join('\r\n') + '\r\n',
    env: { ...process.env, LD_LIBRARY_PATH: process.env.LIBS },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  return out.toString().split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
}

async function stream(options, ...lines) {
  const decoder = new Decoder(options)
  const out = []
  decoder.on('data', (json) => out.push(JSON.parse(json)))
  const end = new Promise((done) => finished(decoder, (err) => done(err && err.message.split(' (')[0])))
  for (const line of lines) {
    if (decoder.destroyed) break
    decoder.write(line)
    await new Promise(setImmediate)
  }
  if (!decoder.destroyed) decoder.end()
  return { out, error: await end }
}

const gg = (...lines) => {
  const session = {}
  return lines.map((line) => new AisDecode(line, session)).filter((message) => message.valid)
}

const ships = (list) => list.map((m) => m.shipname ?? m.name ?? 'a position').join(', ')

async function main() {
  const turn = async (value) => [gpsdecode(position({ turn: value }))[0].turn,
    (await stream({}, position({ turn: value }))).out[0].rateOfTurn, gg(position({ turn: value }))[0].rot].map((n) =>
    (typeof n === 'number' ? Math.round(n * 100) / 100 : n)).join(', ')
  const order = 'of gpsdecode, ais-stream-decoder and ggencoder'
  check(`18 degrees to starboard, ${order}`, await turn(20), '18, 2.06, 20')
  check(`18 degrees to port, ${order}`, await turn(-20), '18, , -20')
  check(`fast to port, ${order}`, await turn(-127), 'fastleft, , -127')
  check(`not known, ${order}`, await turn(-128), 'nan, , -128')
  const unknown = gg(position({ turn: -128, speed: 1023, course: 3600, heading: 511 }))[0]
  check('speed, course and heading that are not known, ggencoder', [unknown.sog, unknown.cog, unknown.hdg].join(', '), '102.3, 360, 511')

  const [a1, a2] = voyage(211000001, 'FIRST', 'ROTTERDAM', 1, 'A')
  const [b1, b2] = voyage(211000002, 'SECOND', 'ANTWERPEN', 2, 'B')
  check('one after the other, gpsdecode', ships(gpsdecode(a1, a2, b1, b2, position())), 'FIRST, SECOND, a position')
  check('one after the other, ais-stream-decoder', ships((await stream({}, a1, a2, b1, b2, position())).out), 'FIRST, SECOND, a position')
  check('one after the other, ggencoder', ships(gg(a1, a2, b1, b2, position())), 'FIRST, SECOND, a position')
  check('interleaved, gpsdecode', ships(gpsdecode(a1, b1, a2, b2, position())), 'FIRST, SECOND, a position')
  const loud = await stream({}, a1, b1, a2, b2, position())
  check('interleaved, ais-stream-decoder', `${ships(loud.out)}, then "${loud.error}"`, ', then "Incorrect multipart order"')
  check('interleaved, ais-stream-decoder, silent', ships((await stream({ silent: true }, a1, b1, a2, b2, position())).out), 'a position')
  check('interleaved, ggencoder', ships(gg(a1, b1, a2, b2, position())), 'SECOND, a position')

  const text = (m) => `${m.shipname ?? m.name} to ${m.destination}`
  check('first of one, last of the other, gpsdecode', gpsdecode(a1, b2).map(text).join() || 'nothing', 'nothing')
  check('first of one, last of the other, ais-stream-decoder', (await stream({}, a1, b2)).out.map(text).join(), 'FIRST to ROTTERPEN')
  check('first of one, last of the other, ggencoder', gg(a1, b2).map(text).join() || 'nothing', 'nothing')

  if (!same) {
    console.log('one of the decoders behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
arch=$(uname -m)-linux-gnu
LIBS=$dir/usr/lib/$arch:$dir/lib/$arch node --no-deprecation main.js
