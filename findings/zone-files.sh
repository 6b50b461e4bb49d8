#!/usr/bin/env bash
# Parsers of DNS zone files give records to other names, drop them, or refuse the zone.
#
# Expected: in a zone file a record without a name belongs to the name of the record before it. TTL and class
# may come in either order. Parentheses continue a line, and a semicolon in quotation marks is no comment.
# $ORIGIN completes the names that follow, up to the next $ORIGIN (RFC 1035 section 5.1). A TXT record may have
# several texts, and types may be written in small letters.
# Seen, the Node packages dns-zonefile 0.3.2, zone-file 1.0.0, @fungible-systems/zone-file 2.0.0 (a fork of
# that) and dnsz 4.5.2, and Debian's ldnsutils 1.8.3-1+b1 and python3-dnspython 2.3.0-1+deb12u1, with zones of
# two or three records. github.com/miekg/dns v1.1.73 reads all of them right:
# - "www A ...", and then "AAAA ..." without a name: dns-zonefile gives the AAAA to the name of the last AAAA,
#   or to the zone itself if there is none; zone-file gives it to a host "IN".
# - "mail IN 600 MX 10 mx": missing in dns-zonefile, and of the type "IN" in dnsz. ldns-read-zone and dnspython
#   refuse the whole zone.
# - "v=spf1 a; include:x" is the two texts "v=spf1" and "a" in zone-file.
# - A TXT record of two lines in dns-zonefile is '( "one "'. If the SOA is in one line, all records up to that
#   closing parenthesis are gone.
# - Two $ORIGIN: dns-zonefile and zone-file return one, the last, and names without it. So all names in front
#   of it are wrong.
# - A type in small letters is missing in dns-zonefile. CAA is missing in zone-file.
# Only ldns-read-zone and dnspython report anything. Zones of one complete line for each record, as in most
# tests, are right.
# Consequence: give them the output of BIND's named-compilezone, in which each line is complete, and none with
# TXT to zone-file.
# Sources: dns-zonefile's lib/zonefile.js (recordsSoFar of one type; normalizeRR assumes an order; flatten is
# for SOA only); zone-file's lib/parseZoneFile.js (removeComments; parseAAAA); dnsz's dist/index.js; dnspython's
# zonefile.py (_rr_line); RFC 1035 section 5.1.
set -eu
for tool in apt-get go npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, go, node and npm"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download ldnsutils=1.8.3-1+b1 libldns3=1.8.3-1+b1 python3-dnspython=2.3.0-1+deb12u1 &&
  apt-get download libpcap0.8 libdbus-1-3; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund dns-zonefile@0.3.2 zone-file@1.0.0 @fungible-systems/zone-file@2.0.0 dnsz@4.5.2 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/miekg/dns@v1.1.73 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'END'
// Prints the records that miekg/dns finds in a zone file, without the SOA.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/miekg/dns"
)

func main() {
	file, err := os.Open("zone")
	if err != nil {
		panic(err)
	}
	parser := dns.NewZoneParser(file, "example.com.", "zone")
	var records []string
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		if rr.Header().Rrtype != dns.TypeSOA {
			fields := strings.SplitN(rr.String(), "\t", 5)
			records = append(records, fields[0]+" "+fields[3]+" "+fields[4])
		}
	}
	if err := parser.Err(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Join(records, "; "))
}
END
go build -o by-go . >>go.log 2>&1 || { cat go.log; exit 1; }
cat >read.py <<'END'
# Prints the records that dnspython finds in a zone file, without the SOA.
import sys

import dns.rdatatype
import dns.zone

try:
    zone = dns.zone.from_file(sys.argv[1], "example.com.", relativize=False, check_origin=False)
except Exception as error:
    print(error)
    sys.exit()
print("; ".join(f"{name} {dns.rdatatype.to_text(data.rdtype)} {data}" for name, ttl, data in zone.iterate_rdatas()
                if data.rdtype != dns.rdatatype.SOA))
END
cat >main.mjs <<'END'
import { spawnSync } from 'child_process'
import { writeFileSync } from 'fs'
import { createRequire } from 'module'
import { parseZone } from 'dnsz'

const require = createRequire(import.meta.url)
const zonefile = require('dns-zonefile').default
const { parseZoneFile } = require('zone-file')
const fungible = require('@fungible-systems/zone-file').parseZoneFile

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

// show returns the records of a result of dns-zonefile and zone-file, without the SOA.
function show(zone) {
  const records = []
  for (const [type, list] of Object.entries(zone)) {
    if (!Array.isArray(list)) continue
    for (const { name, ttl, ...data } of list) {
      const values = Object.values(data).map((v) => (Array.isArray(v) ? v.map((text) => JSON.stringify(text)).join(' ') : v))
      records.push(`${name} ${type.toUpperCase()} ${values.join(' ')}`)
    }
  }
  return (zone.$origin && zone.$origin !== 'example.com.' ? `under ${zone.$origin} ` : '') + (records.join('; ') || 'nothing')
}
const env = { ...process.env, PYTHONPATH: 'usr/lib/python3/dist-packages', LD_LIBRARY_PATH: process.env.LIBS }
function byPython() {
  return spawnSync('/usr/bin/python3', ['read.py', 'zone'], { encoding: 'utf8', env }).stdout.trim()
}
function byLdns() {
  const { stdout, stderr } = spawnSync('usr/bin/ldns-read-zone', ['zone'], { encoding: 'utf8', env })
  if (!stdout) return stderr.trim()
  return stdout.trim().split('\n').slice(1).map((line) => line.split('\t')).map(([name, , , type, data]) => `${name} ${type} ${data}`).join('; ')
}

const head = '$ORIGIN example.com.\n$TTL 3600\n@ IN SOA ns admin 1 7200 3600 1209600 300\n'
const cases = {
  'a second record of www': {
    zone: 'mail IN AAAA 2001:db8::1\nwww IN A 192.0.2.2\n    IN AAAA 2001:db8::2\n',
    right: 'mail.example.com. AAAA 2001:db8::1; www.example.com. A 192.0.2.2; www.example.com. AAAA 2001:db8::2',
    'dns-zonefile': 'mail AAAA 2001:db8::1; mail AAAA 2001:db8::2; www A 192.0.2.2',
    'zone-file': 'mail AAAA 2001:db8::1; IN AAAA 2001:db8::2; www A 192.0.2.2',
    dnsz: 'mail.example.com AAAA 2001:db8::1; www.example.com A 192.0.2.2; www.example.com AAAA 2001:db8::2',
  },
  'the same, without the other name': {
    zone: 'www IN A 192.0.2.2\n    IN AAAA 2001:db8::2\n',
    right: 'www.example.com. A 192.0.2.2; www.example.com. AAAA 2001:db8::2',
    'dns-zonefile': 'www A 192.0.2.2; @ AAAA 2001:db8::2',
    'zone-file': 'www A 192.0.2.2; IN AAAA 2001:db8::2',
    dnsz: 'www.example.com A 192.0.2.2; www.example.com AAAA 2001:db8::2',
  },
  'TTL after class': {
    zone: 'mail IN 600 MX 10 mx\nwww IN A 192.0.2.2\n',
    right: 'mail.example.com. MX 10 mx.example.com.; www.example.com. A 192.0.2.2',
    dnspython: "zone:4: unknown rdatatype '600'",
    ldns: "Syntax error, could not parse the RR's rdata at line 4",
    'dns-zonefile': 'www A 192.0.2.2',
    'zone-file': 'mail MX 10 mx; www A 192.0.2.2',
    dnsz: 'mail.example.com IN 600 MX 10 mx; www.example.com A 192.0.2.2',
  },
  'a semicolon': {
    zone: 'txt IN TXT "v=spf1 a; include:x"\n',
    right: 'txt.example.com. TXT "v=spf1 a; include:x"',
    'dns-zonefile': 'txt TXT "v=spf1 a; include:x"',
    'zone-file': 'txt TXT "v=spf1" "a"',
    dnsz: 'txt.example.com TXT "v=spf1 a; include:x"',
  },
  'a text of two lines': {
    zone: 'txt IN TXT ( "one "\n "two" )\n',
    right: 'txt.example.com. TXT "one " "two"',
    'dns-zonefile': 'nothing',
    'zone-file': 'txt TXT "one " "two"',
    dnsz: 'txt.example.com TXT "one " "two"',
  },
  'a second $ORIGIN': {
    zone: 'a IN A 192.0.2.1\n$ORIGIN sub.example.com.\nb IN A 192.0.2.2\n',
    right: 'a.example.com. A 192.0.2.1; b.sub.example.com. A 192.0.2.2',
    'dns-zonefile': 'under sub.example.com. a A 192.0.2.1; b A 192.0.2.2',
    'zone-file': 'under sub.example.com. a A 192.0.2.1; b A 192.0.2.2',
    dnsz: 'a.example.com A 192.0.2.1; b.sub.example.com A 192.0.2.2',
  },
  'small letters, and CAA': {
    zone: 'a in a 192.0.2.1\nb IN CAA 0 issue "ca.example.net"\n',
    right: 'a.example.com. A 192.0.2.1; b.example.com. CAA 0 issue "ca.example.net"',
    'dns-zonefile': 'b CAA 0 issue "ca.example.net"',
    'zone-file': 'a A 192.0.2.1',
    dnsz: 'a.example.com A 192.0.2.1; b.example.com CAA 0 issue "ca.example.net"',
  },
}
const inLines = head.replace('admin 1', 'admin (\n 1').replace('300', '300 )')
check('a text of two lines after an SOA of two lines, dns-zonefile', show(zonefile.parse(inLines + cases['a text of two lines'].zone)),
  'txt TXT ( "one "')
for (const [what, { zone, ...want }] of Object.entries(cases)) {
  writeFileSync('zone', head + zone)
  check(`${what}, miekg/dns`, spawnSync('./by-go', { encoding: 'utf8' }).stdout.trim(), want.right)
  check(`${what}, dnspython`, byPython(), want.dnspython ?? want.right)
  check(`${what}, ldns-read-zone`, byLdns(), want.ldns ?? want.right)
  check(`${what}, dns-zonefile`, show(zonefile.parse(head + zone)), want['dns-zonefile'])
  check(`${what}, zone-file`, show(parseZoneFile(head + zone)), want['zone-file'])
  check(`${what}, @fungible-systems/zone-file`, show(fungible(head + zone)), want['zone-file'])
  const { records } = parseZone(head + zone)
  check(`${what}, dnsz`, records.slice(1).map((r) => `${r.name} ${r.type} ${r.content}`).join('; '), want.dnsz)
}

if (!same) {
  console.log('one of the parsers behaves differently from what is stated here')
  process.exit(1)
}
END
arch=$(uname -m)-linux-gnu
LIBS=$dir/usr/lib/$arch:$dir/lib/$arch node --no-deprecation main.mjs
