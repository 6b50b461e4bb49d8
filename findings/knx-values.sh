#!/usr/bin/env bash
# The Node packages knx and knxultimate write 19.89 for 19.9, and read a failed sensor as 670760.96.
#
# Expected: a temperature on a KNX bus has steps of 0.01 up to 20.47, so 19.9 arrives as 19.9. The value
# 7FFF says that there is none. A text is up to 14 characters of ISO 8859-1, filled up with zeros,
# which do not belong to it. A time may come without a day of the week (KNX standard 3/7/2, types
# 9.xxx, 16.001 and 10.001).
# Seen, knx 2.5.4 and knxultimate 5.4.0 with Debian's knxd and knxtool 0.14.54.1+b1:
# - Both cut the product with 100, which is 1989.9999999999998, so 07C5 is sent, 19.89. It is so for
#   52 of the 701 tenths from -30 to 40. A thermostat that compares its setpoint finds another one; knx
#   itself reports 19.9 to the program that wrote it.
# - Both read 7FFF as 670760.96 degrees.
# - Both keep the zeros: "abc" is a text of 14 characters, and not equal to "abc".
# - knx reads text as ASCII without its eighth bit: "Tür" is "T|r", though it writes the right bytes. Its
#   own writes come back right, for they do not go through the bus. knxultimate reads it right.
# - knx takes a time without a day for Sunday: the Date is up to six days in the past. knxultimate
#   takes today.
# Values such as 20, 20.5 or 21.3 are exact, so a test with one of them passes.
# Consequence: with knx write 0.001 more, or less if it is negative (knxultimate rounds that away first).
# Cut a text at its first zero, and take only hour and minute out of a time.
# Sources: knx's src/dptlib/dpt9.js (100 * mantissa, and mant % 256 in a Buffer), dpt16.js ('ascii') and dpt10.js
# (getDay() !== dow); the files of the same names in knxultimate.
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" || true; wait "$server" || true; } 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download knxd=0.14.54.1+b1 knxd-tools=0.14.54.1+b1 && apt-get download libev4 libfmt9 libusb-1.0-0 libsystemd0; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund knx@2.5.4 knxultimate@5.4.0 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >free.js <<'END'
const socket = require('dgram').createSocket('udp4').bind(0, '127.0.0.1', () => {
  console.log(socket.address().port)
  socket.close()
})
END
port=$(node free.js)
# A bus without devices. Its clients are knx, over UDP on the loopback interface, and knxtool.
cat >knxd.ini <<END
[main]
name = knxd
addr = 1.1.1
client-addrs = 1.1.2:8
connections = server,sock,bus
[server]
server = ets_router
port = $port
interface = lo
tunnel = tunnel
[tunnel]
[sock]
server = knxd_unix
path = $dir/sock
[bus]
driver = dummy
END
arch=$(uname -m)-linux-gnu
LIBS=$dir/usr/lib/$arch:$dir/lib/$arch
export LIBS
LD_LIBRARY_PATH=$LIBS usr/bin/knxd "$dir/knxd.ini" >knxd.log 2>&1 &
server=$!
for _ in $(seq 100); do [ -S sock ] && break; sleep 0.1; done
cat >main.js <<'END'
const { once } = require('events')
const { spawn, execFileSync } = require('child_process')
const knx = require('knx')
const dptlib = require('knx/src/dptlib')
const ultimate = require('knxultimate').dptlib

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

const env = { ...process.env, LD_LIBRARY_PATH: process.env.LIBS }
const bytes = (text) => Buffer.from(text, 'hex')
const byUltimate = (type, text) => ultimate.fromBuffer(bytes(text), ultimate.resolve(type))

function encode(lib, type, value) {
  const apdu = {}
  const result = lib.populateAPDU(value, apdu, type)
  return (apdu.data ?? result).toString('hex')
}

async function main() {
  const monitor = spawn('usr/bin/knxtool', ['groupsocketlisten', 'local:sock'], { env })
  let seen = ''
  monitor.stdout.on('data', (text) => { seen += text })
  await sleep(500)
  const conn = await new Promise((done) => {
    const conn = new knx.Connection({
      ipAddr: '127.0.0.1',
      ipPort: Number(process.argv[2]),
      loglevel: 'error',
      handlers: { connected: () => done(conn) },
    })
  })

  // write lets knx write a value, and returns the bytes that knxtool sees and the value that knx reports.
  async function write(address, type, value) {
    const point = new knx.Datapoint({ ga: address, dpt: type }, conn)
    const change = once(point, 'change')
    point.write(value)
    const [, reported] = await change
    const line = () => seen.split('\n').find((text) => text.includes(` to ${address}: `) && text.endsWith(' '))
    while (!line()) await sleep(20)
    return `${line().split(': ')[1].replaceAll(' ', '')}, ${reported}`
  }

  // read lets knxtool write bytes, and returns the value that knx reads.
  async function read(address, type, text) {
    const point = new knx.Datapoint({ ga: address, dpt: type }, conn)
    const change = once(point, 'change')
    execFileSync('usr/bin/knxtool', ['groupwrite', 'local:sock', address, ...text.match(/../g)], { env })
    const [, value] = await change
    return value
  }

  check('knx writes 21.5', await write('1/1/1', 'DPT9.001', 21.5), '0C33, 21.5')
  check('knx writes 19.9', await write('1/1/2', 'DPT9.001', 19.9), '07C5, 19.9')
  check('07C5, read by knx', await read('1/1/3', 'DPT9.001', '07c5'), 19.89)
  check('07C6, read by knx', await read('1/1/4', 'DPT9.001', '07c6'), 19.9)
  check('knxultimate writes 19.9', encode(ultimate, 'DPT9.001', 19.9), '07c5')
  // off counts the tenths of a degree that are a step off, with this much added to their amount.
  function off(lib, more) {
    let count = 0
    for (let tenths = -300; tenths <= 400; tenths++) {
      const value = tenths / 10
      const step = Math.abs(value) <= 20.47 ? 0.01 : 0.02
      const got = lib.fromBuffer(bytes(encode(lib, 'DPT9.001', value + Math.sign(value) * more)), lib.resolve('DPT9.001'))
      if (Math.abs(got - value) > step * 0.75) count++
    }
    return count
  }
  check('tenths from -30 to 40 that are a step off, knx', off(dptlib, 0), 52)
  check('tenths from -30 to 40 that are a step off, knxultimate', off(ultimate, 0), 52)
  check('the same with 0.001 more, knx', off(dptlib, 0.001), 0)
  check('the same with 0.001 more, knxultimate', off(ultimate, 0.001), 52)
  check('7FFF, read by knx', await read('1/1/5', 'DPT9.001', '7fff'), 670760.96)
  check('7FFF, read by knxultimate', byUltimate('DPT9.001', '7fff'), 670760.96)

  const zeros = '\0'.repeat(11)
  const room = '54fc7200' + '00'.repeat(10)
  check('knx writes Tür', await write('1/1/6', 'DPT16.001', 'Tür'), '54FC72' + '00'.repeat(11) + ', Tür')
  check('the same, read by knx', JSON.stringify(await read('1/1/7', 'DPT16.001', room)), JSON.stringify('T|r' + zeros))
  check('the same, read by knxultimate', JSON.stringify(byUltimate('DPT16.001', room)), JSON.stringify('Tür' + zeros))

  // For these two calls it is Wednesday, 2 December 2026.
  const RealDate = Date
  globalThis.Date = class extends RealDate {
    constructor(...args) {
      super(...(args.length ? args : ['2026-12-02T09:00:00Z']))
    }
  }
  const noDay = [dptlib.fromBuffer(bytes('0d0e0f'), dptlib.resolve('DPT10.001')), byUltimate('DPT10.001', '0d0e0f')]
  globalThis.Date = RealDate
  check('13:14:15 without a day, on a Wednesday, knx', noDay[0].toISOString().slice(0, 19), '2026-11-29T13:14:15')
  check('13:14:15 without a day, on a Wednesday, knxultimate', noDay[1].toISOString().slice(0, 19), '2026-12-02T13:14:15')

  monitor.kill()
  if (!same) {
    console.log('knx or knxultimate behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
TZ=UTC node --no-deprecation main.js "$port"
