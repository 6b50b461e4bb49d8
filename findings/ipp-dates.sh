#!/usr/bin/env bash
# Three Node packages for IPP read one date of a printer as three times, and only ipptool reads it right.
#
# Expected: a date in IPP is 11 bytes: year, month from 1 to 12, day, hour, minute, second, tenths, the
# direction from UTC, "+" or "-", and hours and minutes from UTC (RFC 8010 section 3.9, which takes
# it from RFC 2579). 10:00 in +1:00 is 09:00 UTC for each reader, wherever it runs.
# Seen, with answers to Debian's ipptool 2.4.2 (cups-ipp-utils 2.4.2-3+deb12u9), which reads all right:
# - ipp 2.0.1 takes the month for one from 0 to 11, so each date is a month late, and 31 January is
#   3 March. The bytes for the zone are ignored, and the zone of the machine counts twice: the
#   same bytes are 08:00 in Berlin, 10:00 under UTC and 20:00 in New York.
#   It makes dates in the same way, January as month 0, with a zero byte as the direction.
# - ipp-encoder 5.0.0 adds the zone where it should subtract it, if that is east of Greenwich: 10:00 in
#   +1:00 is 11:00 UTC.
#   In such a zone it writes "+" and minus one hour: printers get 255 hours.
# - @sealsystems/ipp 2.8.2, a fork of ipp, is right east of Greenwich, but adds minus 5 hours to
#   10:00 in -5:00.
# A printer that sends +0:00, as CUPS does, and a test under UTC show only the month.
# What ipp writes, ipp reads back, as long as both run under UTC.
# Consequence: use the attributes in seconds, as printer-up-time and time-at-creation, or take the date
# out of the bytes.
# Sources: ipp's lib/parser.js and lib/serializer.js (case dateTime; String.fromCharCode(read(1)) of
# text); ipp-encoder's index.js (tdatetime compares a Buffer with '+'); @sealsystems/ipp's lib/parser.js.
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download cups-ipp-utils=2.4.2-3+deb12u9 libcups2=2.4.2-3+deb12u9 &&
  apt-get download libavahi-client3 libavahi-common3 libdbus-1-3 libgssapi-krb5-2; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund ipp@2.0.1 ipp-encoder@5.0.0 @sealsystems/ipp@2.8.2 >npm.log 2>&1 ||
  { cat npm.log; exit 1; }
cat >ask.test <<'END'
{
  NAME "Get-Printer-Attributes"
  OPERATION Get-Printer-Attributes
  GROUP operation-attributes-tag
  ATTR charset attributes-charset utf-8
  ATTR language attributes-natural-language en
  ATTR uri printer-uri $uri
}
END
cat >read.js <<'END'
// Prints what the three packages make of an answer and of a date, in the zone of this process.
const ipp = require('ipp')
const sealed = require('@sealsystems/ipp')
const encoder = require('ipp-encoder')
const answer = Buffer.from(process.argv[2], 'hex')
const wire = (message) => message.subarray(message.length - 12, message.length - 1).toString('hex')
const january = new Date('2026-01-15T10:00:00Z')
console.log(JSON.stringify({
  ipp: ipp.parse(answer)['printer-attributes-tag']['printer-current-time'],
  sealed: sealed.parse(answer)['printer-attributes-tag']['printer-current-time'],
  encoder: encoder.response.decode(answer).groups[1].attributes[0].value[0],
  ippWrites: wire(ipp.serialize({
    statusCode: 'successful-ok',
    id: 1,
    'operation-attributes-tag': { 'attributes-charset': 'utf-8' },
    'printer-attributes-tag': { 'printer-current-time': january },
  })),
  encoderWrites: wire(encoder.response.encode({
    statusCode: 0,
    requestId: 1,
    groups: [{ tag: 4, attributes: [{ tag: 0x31, name: 'printer-current-time', value: january }] }],
  })),
}))
END
cat >main.js <<'END'
const http = require('http')
const { once } = require('events')
const { execFile } = require('child_process')
const { promisify } = require('util')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

// attribute makes the bytes of one attribute (RFC 8010 section 3.1.4).
function attribute(tag, name, value) {
  const head = Buffer.alloc(3)
  head.writeUInt8(tag)
  head.writeUInt16BE(name.length, 1)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(value.length)
  return Buffer.concat([head, Buffer.from(name), length, Buffer.from(value)])
}

// answer makes a successful answer of a printer whose time is 10:00 of that day in that zone.
function answer(month, day, direction, hours) {
  const time = [0x07, 0xea, month, day, 10, 0, 0, 0, direction.charCodeAt(0), hours, 0]
  return Buffer.concat([
    Buffer.from([2, 0, 0, 0, 0, 0, 0, 1, 1]),
    attribute(0x47, 'attributes-charset', 'utf-8'),
    attribute(0x48, 'attributes-natural-language', 'en'),
    Buffer.from([4]),
    attribute(0x31, 'printer-current-time', time),
    Buffer.from([3]),
  ])
}

// byIpptool lets ipptool ask a printer that gives this answer, and returns the time it prints.
async function byIpptool(bytes) {
  const server = http.createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'Content-Type': 'application/ipp' })
      response.end(bytes)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const args = ['-tv', `ipp://127.0.0.1:${server.address().port}/`, 'ask.test']
  const out = await promisify(execFile)('usr/bin/ipptool', args, { env: { ...process.env, LD_LIBRARY_PATH: process.env.LIBS } })
    .catch((err) => err)
  server.close()
  return out.stdout.match(/printer-current-time \(dateTime\) = (\S+)/)[1]
}

async function byNode(bytes, zone) {
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-deprecation', 'read.js', bytes.toString('hex')],
    { env: { ...process.env, TZ: zone } })
  return JSON.parse(stdout)
}

async function main() {
  const cases = [
    // the printer's date, what it is in UTC, and what ipp, ipp-encoder and @sealsystems/ipp make of it under UTC
    [11, 29, '+', 0, '2026-11-29T10:00', '2026-12-29T10:00', '2026-11-29T10:00', '2026-11-29T10:00'],
    [1, 31, '+', 0, '2026-01-31T10:00', '2026-03-03T10:00', '2026-01-31T10:00', '2026-01-31T10:00'],
    [11, 29, '+', 1, '2026-11-29T09:00', '2026-12-29T10:00', '2026-11-29T11:00', '2026-11-29T09:00'],
    [11, 29, '-', 5, '2026-11-29T15:00', '2026-12-29T10:00', '2026-11-29T15:00', '2026-11-29T05:00'],
  ]
  for (const [month, day, direction, hours, utc, ipp, encoder, sealed] of cases) {
    const name = `10:00 of ${day}.${month}. in ${direction}${hours}:00`
    const bytes = answer(month, day, direction, hours)
    const printed = await byIpptool(bytes)
    check(`${name}, ipptool`, new Date(printed).toISOString().slice(0, 16), utc)
    const read = await byNode(bytes, 'UTC')
    check(`${name}, ipp`, read.ipp.slice(0, 16), ipp)
    check(`${name}, ipp-encoder`, read.encoder.slice(0, 16), encoder)
    check(`${name}, @sealsystems/ipp`, read.sealed.slice(0, 16), sealed)
  }

  const bytes = answer(11, 29, '+', 1)
  const [utc, berlin, york] = [await byNode(bytes, 'UTC'), await byNode(bytes, 'Europe/Berlin'), await byNode(bytes, 'America/New_York')]
  check('the third, ipp in Berlin', berlin.ipp.slice(0, 16), '2026-12-29T08:00')
  check('the third, ipp in New York', york.ipp.slice(0, 16), '2026-12-29T20:00')
  check('the third, ipp-encoder in Berlin', berlin.encoder.slice(0, 16), '2026-11-29T11:00')
  check('the third, @sealsystems/ipp in Berlin', berlin.sealed.slice(0, 16), '2026-11-29T09:00')

  // year, month, day, hour, minute, second, tenths, direction, hours, minutes
  check('15 January 2026, 10:00 UTC, written by ipp under UTC', utc.ippWrites, '07ea' + '00' + '0f' + '0a000000' + '00' + '0000')
  check('the same, ipp-encoder under UTC', utc.encoderWrites, '07ea' + '01' + '0f' + '0a000000' + '2b' + '0000')
  check('the same, ipp-encoder in Berlin', berlin.encoderWrites, '07ea' + '01' + '0f' + '0b000000' + '2b' + 'ff00')
  check('the same, ipp-encoder in New York', york.encoderWrites, '07ea' + '01' + '0f' + '05000000' + '2d' + '0500')

  if (!same) {
    console.log('one of the packages behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
arch=$(uname -m)-linux-gnu
LIBS=$dir/usr/lib/$arch:$dir/lib/$arch TZ=UTC node main.js
