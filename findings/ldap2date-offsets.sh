#!/usr/bin/env bash
# ldap2date moves a time with an offset by hours, the wrong way, and writes five milliseconds as half a second.
#
# Expected: 20261129161832+0100 is 15:18:32 UTC. The offset has two digits for hours and may have two for minutes. A
# fraction belongs to the last part that is given: 2026112916.5Z is half past four (RFC 4517 section 3.3.13,
# which the package's README refers to). A time that is written and read again is the same. null is
# what the README promises for a text that is no time.
# Seen, the Node package ldap2date 2.0.0, with Debian's python3-ldap3 2.9.1-2, which reads all of it right:
# - One digit is taken for the hours, three for the minutes, and they are added where they have to be subtracted:
#   +0100 is 100 minutes later, 17:58:32, and so 2 hours and 40 minutes wrong. -0500 is 13 hours and 20 minutes
#   wrong. +01 is one minute.
# - The fraction is always one of a second: 2026112916.5Z is 16:00:00.5.
# - toGeneralizedTime() leaves out zeros behind the point. 5 ms is ".5Z" and 50 ms ".50Z", both half a second for each
#   reader. A filter "modifyTimestamp>=" that is made from a date misses changes of up to 0.9 s.
# - 19700101000000Z is null.
# Times with seconds and Z, as OpenLDAP writes them, are right.
# Consequence: set the milliseconds to 0 before toGeneralizedTime(), and read times that do not end with Z yourself.
# Sources: the package's ldap2date.js (getTimeZone, getMilliseconds, toGeneralizedTime; parse tests "!date.valueOf()").
set -eu
for tool in apt-get npm python3; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node, npm and python3"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download python3-ldap3=2.9.1-2 && apt-get download python3-pyasn1; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
PYTHONPATH=$dir/usr/lib/python3/dist-packages
export PYTHONPATH PYTHONDONTWRITEBYTECODE=1
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund ldap2date@2.0.0 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >read.py <<'END'
import sys
from datetime import timezone
from ldap3.protocol.formatters.formatters import format_time

for text in sys.argv[1:]:
    print(format_time(text.encode()).astimezone(timezone.utc).isoformat(timespec='milliseconds').replace('+00:00', 'Z'))
END
cat >main.js <<'END'
const { execFileSync } = require('child_process')
const ldap2date = require('ldap2date')

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

const python = (...texts) => execFileSync('python3', ['read.py', ...texts], { encoding: 'utf8' }).trim().split('\n')

const day = (time) => `2026-11-29T${time}Z`
const steps = [
  ['20261129161832Z', day('16:18:32.000'), day('16:18:32.000')],
  ['20261129161832.5Z', day('16:18:32.500'), day('16:18:32.500')],
  ['20261129161832+0100', day('15:18:32.000'), day('17:58:32.000')],
  ['20261129161832-0500', day('21:18:32.000'), day('07:58:32.000')],
  ['20261129161832+0530', day('10:48:32.000'), '2026-11-30T01:08:32.000Z'],
  ['20261129161832+01', day('15:18:32.000'), day('16:19:32.000')],
  ['2026112916Z', day('16:00:00.000'), day('16:00:00.000')],
  ['2026112916.5Z', day('16:30:00.000'), day('16:00:00.500')],
  ['202611291618.5Z', day('16:18:30.000'), day('16:18:00.500')],
  ['19700101000000Z', '1970-01-01T00:00:00.000Z', 'null'],
]
const right = python(...steps.map(([text]) => text))
steps.forEach(([text, ldap3, want], i) => {
  check(`${text}, ldap3`, right[i], ldap3)
  check(`${text}, ldap2date`, ldap2date.parse(text)?.toISOString() ?? 'null', want)
})
for (const [ms, text] of [['005', '5'], ['050', '50'], ['500', '500']]) {
  const written = ldap2date.toGeneralizedTime(new Date(day('16:18:32.' + ms)))
  check(`${ms} ms, written`, written, `20261129161832.${text}Z`)
  check(`${ms} ms, read by ldap3`, python(written)[0], day('16:18:32.500'))
}

if (!same) {
  console.log('one of the packages behaves differently from what is stated here')
  process.exit(1)
}
END
node main.js
