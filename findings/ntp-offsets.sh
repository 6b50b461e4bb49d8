#!/usr/bin/env bash
# Three Node packages for NTP are wrong by half the delay or by up to a second, or are a server that no client takes.
#
# Expected: the offset is half of (T2 - T1) + (T3 - T4), in which a delay that is the same in both directions cancels
# out (RFC 5905 section 8). A timestamp is seconds and a fraction of 32 bits (section 6). A server returns
# the client's transmit timestamp unchanged as origin timestamp; clients drop an answer with another one
# (section 8). Stratum 0 is a kiss, without a time (7.4); leap indicator 3 says "not synchronized" (7.3).
# Seen, ntp-time-sync 0.5.0, @destinationstransfers/ntp 2.0.0 and ntp-time 2.1.1, beside @hapi/sntp 4.0.0 and
# Debian's chrony 4.3-2+deb12u3:
# - ntp-time-sync says -800 ms of a server with the same time, 800 ms away in each direction. It also says so
#   if the server is 100 ms ahead: the clock is turned back where it should go forward. It adds the amounts, and
#   takes the sign of one of them. If the offset is larger than half the delay, it is right.
#   For 16 s after an answer every object of the process gets that one, also one with another server.
# - @destinationstransfers/ntp takes the seconds for the fraction: each time ends in .932, which changes by one
#   every 50 days.
# - The Server of ntp-time returns whole seconds as origin timestamp. chrony and @hapi/sntp drop each answer,
#   and so does anything else that compares it; ntp-time's own Client does not.
# - ntp-time's client and @destinationstransfers/ntp take the time of a kiss (RATE) and of a server that is
#   not synchronized; ntp-time-sync that of a kiss. @hapi/sntp says "death" and "alarm" beside the time.
# On loopback and with a clock that is far off, ntp-time-sync is right.
# Consequence: take the offset of @hapi/sntp, t, if leapIndicator and stratum are good; serve time with chrony.
# Sources: ntp-time-sync's dist/NtpTimeSync.js (Math.abs; lastPoll is a variable of the module);
# @destinationstransfers/ntp's index.js (length - 16, length - 8); ntp-time's src/server.js (Math.floor).
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download chrony=4.3-2+deb12u3 libedit2 libbsd0 libmd0 libtinfo6 libseccomp2 libcap2 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the version of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund ntp-time-sync@0.5.0 @destinationstransfers/ntp@2.0.0 ntp-time@2.1.1 @hapi/sntp@4.0.0 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const dgram = require('dgram')
const { once } = require('events')
const { execFile } = require('child_process')
const { NtpTimeSync } = require('ntp-time-sync')
const { getNetworkTime } = require('@destinationstransfers/ntp')
const { Client, Server } = require('ntp-time')
const sntp = require('@hapi/sntp')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}
// about checks an offset in milliseconds, on a busy machine, too.
function about(what, got, want) {
  console.log(`${what}: ${Math.round(got)} ms, about ${want}`)
  same = same && Math.abs(got - want) < 350
}
const pause = (ms) => new Promise((done) => setTimeout(done, ms))

// stamp writes a time in milliseconds as an NTP timestamp.
function stamp(packet, at, time) {
  packet.writeUInt32BE(Math.floor(time / 1000) + 2208988800, at)
  packet.writeUInt32BE(Math.floor((time % 1000) / 1000 * 2 ** 32), at + 4)
}

// serve starts a server whose clock is that much ahead, and to which a packet takes that long in each direction.
async function serve({ ahead = 0, delay = 0, leap = 0, stratum = 2, id = '\x7f\x7f\x01\x01', time }) {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1')
  socket.on('message', async (request, { port, address }) => {
    await pause(delay)
    const now = time ?? Date.now() + ahead
    const packet = Buffer.alloc(48)
    packet[0] = leap << 6 | 4 << 3 | 4
    packet[1] = stratum
    packet[2] = 6
    packet[3] = 0xec
    packet.write(id, 12, 'latin1')
    stamp(packet, 16, now - 1000)
    request.copy(packet, 24, 40, 48)
    stamp(packet, 32, now)
    stamp(packet, 40, now)
    await pause(delay)
    socket.send(packet, port, address)
  })
  await once(socket, 'listening')
  return socket.address().port
}
const host = '127.0.0.1'
const bySync = async (port) => (await new NtpTimeSync({ servers: [`${host}:${port}`], sampleCount: 1 }).getTime(true)).offset
const byHapi = (port) => sntp.time({ host, port })
const byClient = (port) => new Client(host, port).syncTime()
const taken = (promise) => promise.then(() => 'taken', () => 'refused')

// byChrony says whether chrony finds a time.
async function byChrony(port) {
  const args = ['-Q', '-U', '-d', '-t', '5', `server ${host} port ${port} iburst maxsamples 1`, `pidfile ${process.cwd()}/pid`, 'cmdport 0']
  const text = await new Promise((done) => execFile('usr/sbin/chronyd', args,
    { env: { ...process.env, LD_LIBRARY_PATH: process.env.LIBS } }, (err, stdout, stderr) => done(stdout + stderr)))
  return /System clock wrong by/.test(text) ? 'taken' : 'refused'
}

async function main() {
  for (const [ahead, delay, wrong] of [[0, 800, -800], [100, 800, -800], [5000, 800, 5000], [-5000, 0, -5000]]) {
    const port = await serve({ ahead, delay })
    const what = `${ahead} ms ahead, ${delay} ms away`
    about(`${what}, @hapi/sntp`, (await byHapi(port)).t, ahead)
    about(`${what}, ntp-time`, (await byClient(port)).t * 1000, ahead)
    about(`${what}, ntp-time-sync`, await bySync(port), wrong)
  }
  const other = new NtpTimeSync({ servers: [`${host}:${await serve({ ahead: 60000 })}`], sampleCount: 1 })
  about('60000 ms ahead, another object of ntp-time-sync', (await other.getTime()).offset, -5000)

  const time = Date.parse('2026-11-29T10:00:00.250Z')
  for (const ms of [0, 500]) {
    const date = await getNetworkTime({ server: host, port: await serve({ time: time + ms }) })
    check(`${new Date(time + ms).toISOString()}, @destinationstransfers/ntp`, date.toISOString(), '2026-11-29T10:00:00.932Z')
  }

  const server = new Server()
  server.handle((message, answer) => { message.transmitTimestamp = Math.floor(Date.now() / 1000); answer(message) })
  server.listen(0, host)
  await once(server.socket, 'listening')
  const own = server.address().port
  check('a server, chrony', await byChrony(await serve({})), 'taken')
  check('the server of ntp-time, chrony', await byChrony(own), 'refused')
  check('the server of ntp-time, @hapi/sntp', await byHapi(own).then(() => 'taken', (err) => err.message), 'Wrong originate timestamp')
  check('the server of ntp-time, its client', await taken(byClient(own)), 'taken')

  for (const [what, how, sync] of [['RATE', { stratum: 0, id: 'RATE' }, 'taken'], ['not synchronized', { leap: 3 }, 'refused']]) {
    const port = await serve(how)
    check(`${what}, ntp-time`, await taken(byClient(port)), 'taken')
    check(`${what}, @destinationstransfers/ntp`, await taken(getNetworkTime({ server: host, port })), 'taken')
    check(`${what}, ntp-time-sync`, await taken(bySync(port)), sync)
    const { stratum, leapIndicator } = await byHapi(port)
    check(`${what}, @hapi/sntp`, `${stratum} ${leapIndicator}`, how.leap ? 'secondary alarm' : 'death no-warning')
    check(`${what}, chrony`, await byChrony(port), 'refused')
  }

  if (!same) {
    console.log('one of the packages behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main().catch((err) => { console.log(err); process.exit(1) })
END
arch=$(uname -m)-linux-gnu
LIBS=$dir/usr/lib/$arch:$dir/lib/$arch node --no-deprecation main.js
