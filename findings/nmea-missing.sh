#!/usr/bin/env bash
# nmea-simple and pynmea2 read a position that is missing as 0, 0, and the number of a signal as a satellite.
#
# Expected: an empty field of an NMEA 0183 sentence says that the value is not known, as the position of a
# receiver without a fix. From version 4.10 on, GSV has the number of the signal behind its satellites.
# The minutes of a time zone in ZDA have the sign of its hours.
# Seen, the Node package nmea-simple 3.3.0 and Debian's python3-nmea2 1.15.0-4 (pynmea2), beside the Node
# package gps 0.9.0, which tells all of it apart:
# - RMC, GGA and GLL without a fix have the latitude and the longitude 0 in both: a ship that has just started
#   its receiver is in the Gulf of Guinea. The checksum is right, and nothing is thrown.
# - In nmea-simple each empty number is 0: a compass without a value points to the north, a course that
#   is not known at rest is 0, and an altitude is at sea level.
# - In both, GSV of version 4.11 with two satellites has a third one, whose number is that of the signal;
#   in nmea-simple it stands at NaN degrees.
# - pynmea2 reads the zone -05,30 as -04:30.
# With a fix, an older receiver and UTC, both are right.
# Consequence: look at status or fixType, or is_valid, before the position, and at the raw fields for what may be
# empty. Take the count of satellites in a sentence from (fields - 4) / 4, rounded down.
# Sources: nmea-simple's dist/helpers.js (parseFloatSafe) and dist/codecs/GSV.js (numRecords is no whole number);
# pynmea2's nmea_utils.py (LatLonFix) and types/talker.py (GSV; ZDA.tzinfo).
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download python3-nmea2=1.15.0-4 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the version of Debian 12"; exit 77; }
echo ./*.deb
dpkg -x ./*.deb .
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund nmea-simple@3.3.0 gps@0.9.0 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >read.py <<'END'
# Prints what pynmea2 makes of each sentence, in the order of the arguments.
import sys

import pynmea2

for line in sys.argv[1:]:
    message = pynmea2.parse(line, check=True)
    kind = type(message).__name__
    if kind in ("RMC", "GGA", "GLL"):
        print(kind, message.latitude, message.longitude)
    elif kind == "HDT":
        print(kind, message.heading)
    elif kind == "GSV":
        numbers = [getattr(message, f"sv_prn_num_{i}", "") for i in range(1, 5)]
        print(kind, *[number for number in numbers if number])
    else:
        print(kind, message.datetime.isoformat()[19:])
END
cat >main.js <<'END'
const { execFileSync } = require('child_process')
const { parseNmeaSentence } = require('nmea-simple')
const { GPS } = require('gps')

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

function sentence(body) {
  const sum = [...body].reduce((all, c) => all ^ c.charCodeAt(0), 0)
  return `$${body}*${sum.toString(16).toUpperCase().padStart(2, '0')}`
}

const cases = [
  ['RMC without a fix', 'GPRMC,101112.00,V,,,,,,,291126,,,N', '0 0', 'RMC 0.0 0.0', 'null null'],
  ['GGA without a fix', 'GPGGA,101112.00,,,,,0,00,99.99,,,,,,', '0 0', 'GGA 0.0 0.0', 'null null'],
  ['GLL without a fix', 'GPGLL,,,,,101112.00,V,N', '0 0', 'GLL 0.0 0.0', 'null null'],
  ['RMC with a fix', 'GPRMC,101112.00,A,5412.0000,N,00830.0000,E,5.5,90.0,291126,,,A', '54.2 8.5', 'RMC 54.2 8.5', '54.2 8.5'],
  ['HDT without a value', 'HEHDT,,T', '0', 'HDT None', 'NaN'],
  ['GSV of two satellites', 'GPGSV,1,1,02,11,40,083,46,12,17,308,41', '11 12', 'GSV 11 12', '11 12'],
  ['GSV of two satellites, signal 1', 'GPGSV,1,1,02,11,40,083,46,12,17,308,41,1', '11 12 1', 'GSV 11 12 1', '11 12'],
  ['ZDA in zone -05,30', 'GPZDA,101112.00,29,11,2026,-05,30', '-5 30', 'ZDA -04:30', '-330'],
]
const lines = cases.map(([, body]) => sentence(body))
const python = execFileSync('/usr/bin/python3', ['read.py', ...lines], { env: { ...process.env, PYTHONPATH: 'usr/lib/python3/dist-packages' } })
  .toString().trim().split('\n')

const simple = (m) => (m.satellites ? m.satellites.map((one) => one.prnNumber).join(' ')
  : 'heading' in m ? `${m.heading}`
    : 'localZoneHours' in m ? `${m.localZoneHours} ${m.localZoneMinutes}`
      : `${m.latitude + 0} ${m.longitude + 0}`)
const gps = (m) => (m.type === 'GSV' ? m.satellites.map((one) => one.prn).join(' ')
  : m.type === 'HDT' ? `${m.heading}`
    : m.type === 'ZDA' ? `${m.offsetMin}`
      : `${m.lat} ${m.lon}`)

for (const [i, [what, , bySimple, byPython, byGps]] of cases.entries()) {
  check(`${what}, nmea-simple`, simple(parseNmeaSentence(lines[i])), bySimple)
  check(`${what}, pynmea2`, python[i], byPython)
  check(`${what}, gps`, gps(GPS.Parse(lines[i])), byGps)
}
const vtg = parseNmeaSentence(sentence('GPVTG,,T,,M,0.00,N,0.00,K,A'))
check('VTG at rest, the course in nmea-simple', vtg.trackTrue, 0)
const high = parseNmeaSentence(lines[1])
check('GGA without a fix, the altitude in nmea-simple', high.altitudeMeters, 0)
const third = parseNmeaSentence(lines[6]).satellites[2]
check('the third satellite in nmea-simple', `${third.elevationDegrees} ${third.azimuthTrue}`, 'NaN NaN')

if (!same) {
  console.log('one of the packages behaves differently from what is stated here')
  process.exit(1)
}
END
TZ=UTC node --no-deprecation main.js
