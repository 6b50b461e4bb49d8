#!/usr/bin/env bash
# bonjour 3.5.1 reads no TXT record but its own, and both it and bonjour-service cut a service's name at its first dot.
#
# Expected: a TXT record of DNS-SD is a list of strings, each with its length: "path=/a=b". "empty=" is a key with an empty
# value, "flag" a key without a value, and a value is any bytes, also a line break (RFC 6763 sections 6.1, 6.4 and 6.5).
# The name of an instance is one label, in which dots are allowed: "Printer 2.0" (section 4.1.1). What one
# of two packages with one history publishes, the other one finds.
# Seen, the Node packages bonjour 3.5.1 and bonjour-service 1.4.4, with Debian's python3-zeroconf 0.47.3-1:
# - bonjour publishes one string with all the others and their lengths in it. zeroconf and bonjour-service read the key
#   "\tpath", whose value goes on with the other keys.
# - bonjour reads the strings of others without their lengths: from "path=/a=b", "flag=1" it makes a key "ath" with the value
#   "/a=bflag=1", since it takes the letter p for a length of 112. Two programs with 3.5.1 understand each other.
# - bonjour-service reads "empty=" as a key "empty=" without a value, drops a key of one letter without a value, and cuts a
#   value at a line break.
# - Both find "Printer 2.0" of type http as the name "Printer 2" and the type "0".
# - bonjour publishes such a name as two labels. bonjour-service publishes "Printer 2-0".
# Consequence: publish with bonjour-service and give no keys without a value. Take the name from fqdn, and read rawTxt of
# bonjour-service, which is the list of strings.
# Sources: bonjour's lib/service.js (encode() of dns-txt adds the lengths, and so does dns-packet of multicast-dns 7) and
# lib/browser.js (Buffer.concat of the strings); bonjour-service's dist/lib/dns-txt.js and browser.js (parts[0]).
set -eu
for tool in apt-get npm python3; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node, npm and python3"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download python3-zeroconf=0.47.3-1 && apt-get download python3-ifaddr python3-async-timeout; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
PYTHONPATH=$dir/usr/lib/python3/dist-packages
export PYTHONPATH PYTHONDONTWRITEBYTECODE=1
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund bonjour@3.5.1 bonjour-service@1.4.4 dns-packet@5.6.1 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >read.py <<'END'
import json
import sys
from zeroconf import ServiceInfo

info = ServiceInfo('_http._tcp.local.', 'x._http._tcp.local.', properties=bytes.fromhex(sys.argv[1]))
print(json.dumps({k.decode('latin1'): v.decode('latin1') if v is not None else None for k, v in info.properties.items()}, separators=(',', ':')))
END
cat >main.js <<'END'
const dgram = require('dgram')
const { once } = require('events')
const { execFileSync } = require('child_process')
const bonjour = require('bonjour')
const { Bonjour } = require('bonjour-service')
const dns = require('dns-packet')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
const START = {
  bonjour: (options) => bonjour(options),
  'bonjour-service': (options) => new Bonjour(options),
}

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

async function bound() {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

const bytes = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)))
const strings = (list) => bytes(...list.map((text) => bytes([text.length], text)))
const name = (...labels) => bytes(strings(labels), [0])

// response returns a packet with the records of one instance of _http._tcp.local.
function response(instance, txt) {
  const record = (owner, type, data) => bytes(owner, [0, type, 0, 1, 0, 0, 0, 120, 0, data.length], data)
  const kind = ['_http', '_tcp', 'local']
  const own = name(instance, ...kind)
  return bytes([0, 0, 0x84, 0, 0, 0, 0, 3, 0, 0, 0, 0], record(name(...kind), 12, own),
    record(own, 33, bytes([0, 0, 0, 0, 31, 144], name('host', 'local'))), record(own, 16, strings(txt)))
}

// browse returns what a package finds in a packet.
async function browse(pack, packet) {
  const [socket, away] = [await bound(), await bound()]
  const program = START[pack]({ socket, bind: false, multicast: false, ip: '127.0.0.1', port: away.address().port })
  const found = []
  program.find({ type: 'http' }, (service) => found.push(service))
  away.send(packet, socket.address().port, '127.0.0.1')
  while (!found.length) await sleep(50)
  program.destroy()
  away.close()
  return found[0]
}

// publish returns the packet in which a package announces a service.
async function publish(pack, options) {
  const [socket, away] = [await bound(), await bound()]
  const program = START[pack]({ socket, bind: false, multicast: false, ip: '127.0.0.1', port: away.address().port })
  program.publish({ type: 'http', port: 8080, host: 'host.local', probe: false, ...options })
  for (;;) {
    const [packet] = await once(away, 'message')
    if (!dns.decode(packet).answers.length) continue
    program.destroy()
    away.close()
    return packet
  }
}

const JSONOf = (object) => JSON.stringify(object, (key, value) => (value === undefined ? '?' : value))
const list = (packet) => dns.decode(packet).answers.find(({ type }) => type === 'TXT').data.map(String)
const zeroconf = (txt) => execFileSync('python3', ['read.py', strings(txt).toString('hex')], { encoding: 'utf8' }).trim()

// labels returns the labels of the instance's name in front of the type.
function labels(packet) {
  const text = []
  for (let i = packet.indexOf('Printer') - 1; packet[i + 1] !== 0x5f; i += packet[i] + 1) {
    text.push(packet.subarray(i + 1, i + 1 + packet[i]).toString())
  }
  return text.join(' | ')
}

async function main() {
  const PAIR = ['path=/a=b', 'flag=1']
  const RIGHT = '{"path":"/a=b","flag":"1"}'
  check('zeroconf', zeroconf(PAIR), RIGHT)
  check('bonjour', JSONOf((await browse('bonjour', response('Printer', PAIR))).txt), '{"ath":"/a=bflag=1"}')
  check('bonjour-service', JSONOf((await browse('bonjour-service', response('Printer', PAIR))).txt), RIGHT)

  const txt = { path: '/a=b', flag: '1' }
  const one = await publish('bonjour', { name: 'Printer', txt })
  const two = await publish('bonjour-service', { name: 'Printer', txt })
  check('strings of bonjour', JSONOf(list(one)), '["\\tpath=/a=b\\u0006flag=1"]')
  check('strings of bonjour-service', JSONOf(list(two)), '["path=/a=b","flag=1"]')
  check('bonjour by zeroconf', zeroconf(list(one)), '{"\\tpath":"/a=b\\u0006flag=1"}')
  check('bonjour by bonjour', JSONOf((await browse('bonjour', one)).txt), RIGHT)
  check('bonjour by bonjour-service', JSONOf((await browse('bonjour-service', one)).txt), '{"\\tpath":"/a=b\\u0006flag=1"}')
  check('bonjour-service by bonjour', JSONOf((await browse('bonjour', two)).txt), '{"ath":"/a=bflag=1"}')

  const REST = ['empty=', 'long', 'b', 'note=a\nb']
  check('the rest, zeroconf', zeroconf(REST), '{"empty":"","long":null,"b":null,"note":"a\\nb"}')
  check('the rest, bonjour-service', JSONOf((await browse('bonjour-service', response('Printer', REST))).txt),
    '{"empty=":"?","long":"?","note":"a"}')

  for (const pack of ['bonjour', 'bonjour-service']) {
    const found = await browse(pack, response('Printer 2.0', PAIR))
    check(`${pack} finds Printer 2.0 as`, `${found.name} | ${found.type} | ${found.fqdn}`, 'Printer 2 | 0 | Printer 2.0._http._tcp.local')
    check(`${pack} publishes Printer 2.0 as`, labels(await publish(pack, { name: 'Printer 2.0' })),
      pack === 'bonjour' ? 'Printer 2 | 0' : 'Printer 2-0')
  }

  if (!same) {
    console.log('one of the packages behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node --no-deprecation main.js
