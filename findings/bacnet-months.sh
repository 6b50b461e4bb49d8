#!/usr/bin/env bash
# node-bacnet and bacstack set the clock of a BACnet device a month early, and read its dates a month late.
#
# Expected: a date in BACnet is four bytes: the year less 1900, the month from 1 to 12, the day, and the day
# of the week. 255 is "any" in each of them, and the day 32 is the last of a month; so a calendar says
# "each 25 December" (ASHRAE 135 sections 20.2.12 and 20.2.13). TimeSynchronization has the date and the time that the
# device is to take over. Two clients read one value of a device as the same.
# Seen, the Node packages node-bacnet 0.2.4, bacstack 0.0.1-beta.14 and @bacnet-js/client 3.3.2:
# - node-bacnet and bacstack take the month for one from 0 to 11. timeSync() with 29 November sends 29
#   October, so the schedules of a building run on a wrong date; in January they send a month 0.
# - They read 29 November as 29 December, and 31 January as 3 March.
# - "Each 25 December" is 25 January 2156, and the last day of November is 1 January. An hour with any
#   minute and second, 10:*:*, is 14:19:15.
# - @bacnet-js/client is right about months. A date with an "any", if only for the day of the week, is
#   1 January 1900, and nothing tells what it was. 10:*:* is 14:19:15, too.
# What node-bacnet sends to node-bacnet comes back right, so a test with the package on both sides passes.
# Consequence: take @bacnet-js/client for clocks and full dates, and none of the three for calendars.
# Sources: lib/asn1.js of node-bacnet and bacstack (encodeBacnetDate: getMonth(); decodeDate: new Date(year,
# month, day)); dist/lib/asn1.js of @bacnet-js/client (decodeDate; decodeBacnetTime).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund node-bacnet@0.2.4 bacstack@0.0.1-beta.14 @bacnet-js/client@3.3.2 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const dgram = require('dgram')
const { once } = require('events')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

const packages = { 'node-bacnet': require('node-bacnet'), bacstack: require('bacstack'), 'bacnet-js': require('@bacnet-js/client').default }
const presentValue = 85
const objects = { date: { type: 41, instance: 1 }, time: { type: 49, instance: 1 } } // Date and Time Pattern Value

// freePort returns a UDP port of 127.0.0.1 that is free.
async function freePort() {
  const probe = dgram.createSocket('udp4').bind(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}

async function main() {
  // The device answers each ReadProperty with the value, and keeps the last TimeSynchronization.
  let object
  let value
  let synchronized
  const device = dgram.createSocket('udp4').bind(0, '127.0.0.1')
  await once(device, 'listening')
  device.on('message', (message, from) => {
    const npdu = message.subarray(4)
    const apdu = npdu.subarray(2)
    if (apdu[0] >> 4 === 1) { // unconfirmed
      synchronized(apdu.subarray(2).toString('hex'))
      return
    }
    const body = Buffer.from('30' + apdu[2].toString(16).padStart(2, '0') + '0c' +
      '0c' + ((object.type << 22) + object.instance).toString(16).padStart(8, '0') + '1955' + '3e' + value + '3f', 'hex')
    const reply = Buffer.concat([Buffer.from([0x81, 0x0a, 0, body.length + 6, 1, 0]), body])
    device.send(reply, from.port, from.address)
  })
  const address = `127.0.0.1:${device.address().port}`

  const clients = {}
  for (const [name, Client] of Object.entries(packages)) {
    clients[name] = new Client({ port: await freePort(), interface: '127.0.0.1', broadcastAddress: '127.0.0.1', apduTimeout: 5000 })
    await once(clients[name]._transport._server, 'listening')
  }
  clients.bacstack._transport._settings.port = device.address().port // it sends to the port that it listens on
  const receiver = (name) => ({ 'node-bacnet': address, bacstack: '127.0.0.1', 'bacnet-js': { address } })[name]

  async function read(name) {
    const result = name === 'bacnet-js'
      ? await clients[name].readProperty(receiver(name), object, presentValue)
      : await new Promise((done, fail) => clients[name].readProperty(receiver(name), object, presentValue,
        (err, got) => (err ? fail(err) : done(got))))
    return result.values[0].value
  }
  const day = (date) => date.toISOString().slice(0, 10)
  const time = (date) => date.toISOString().slice(11, 19)
  const cases = [
    // what, on the wire, how it is shown, and what node-bacnet, bacstack and bacnet-js make of it
    ['29 November 2026', 'a4' + '7e0b1d07', day, '2026-12-29', '2026-11-29'],
    ['31 January 2026', 'a4' + '7e011f06', day, '2026-03-03', '2026-01-31'],
    ['29 November 2026, any day of the week', 'a4' + '7e0b1dff', day, '2026-12-29', '1900-01-01'],
    ['each 25 December', 'a4' + 'ff0c19ff', day, '2156-01-25', '1900-01-01'],
    ['the last day of November 2026', 'a4' + '7e0b20ff', day, '2027-01-01', '1900-01-01'],
    ['10:30:15', 'b4' + '0a1e0f00', time, '10:30:15', '10:30:15'],
    ['10:*:*', 'b4' + '0affffff', time, '14:19:15', '14:19:15'],
  ]
  for (const [what, wire, show, old, other] of cases) {
    object = objects[show === time ? 'time' : 'date']
    value = wire
    for (const name of Object.keys(packages)) {
      check(`${what}, read by ${name}`, show(await read(name)), name === 'bacnet-js' ? other : old)
    }
  }

  // What TimeSynchronization has on the wire: a date, and a time that is right in all.
  async function sync(name, date) {
    const got = new Promise((done) => { synchronized = done })
    clients[name].timeSync(receiver(name), date)
    return got
  }
  for (const name of Object.keys(packages)) {
    const right = name === 'bacnet-js'
    check(`29 November 2026, sent by ${name}`, await sync(name, new Date('2026-11-29T10:30:00Z')),
      'a4' + (right ? '7e0b1d07' : '7e0a1d07') + 'b4' + '0a1e0000')
    check(`15 January 2026, sent by ${name}`, await sync(name, new Date('2026-01-15T10:30:00Z')),
      'a4' + (right ? '7e010f04' : '7e000f04') + 'b4' + '0a1e0000')
  }

  if (!same) {
    console.log('one of the packages behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main().catch((err) => { console.log(err); process.exit(1) })
END
TZ=UTC node --no-deprecation main.js
