#!/usr/bin/env bash
# snmp-native sets a setpoint of -15.0 degrees as 10.6: many negative numbers lose their sign on the wire.
#
# Expected: an SNMP INTEGER is in two's complement, in as many bytes as it takes to keep the sign: -150 is FF 6A
# (X.690 section 8.3, RFC 3416 section 2). A manager that sets a number reads the same one afterwards.
# The answer to a SetRequest repeats the value, so a mistake would be seen there.
# Seen, the Node package snmp-native 1.2.0 with an agent of net-snmp 3.29.2:
# - The number of bytes is computed as for a positive number. -1 to -128 are right, -129 to -255 are sent in one byte:
#   -150 is 106, and -255 is 1. -256 to -32768 are right again, -32769 to -65535 are 65536 too high, and
#   so on with three bytes.
# - There is no error: the agent stores what it gets, and the callback gets it as the value of its varbind.
# - Numbers that are read are right, so what the program reads later is the wrong value of the agent.
# net-snmp as the manager sets all of them right. Tests with -1 or -100 pass.
# Consequence: compare the varbind that set() calls back with to what was set, or set with net-snmp.
# Sources: the package's lib/asn1ber.js (intArray takes 1 + log256(-value) bytes, and adds a byte for the sign only
# to positive numbers).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund snmp-native@1.2.0 net-snmp@3.29.2 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const dgram = require('dgram')
const snmp = require('net-snmp')
const native = require('snmp-native')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const SETPOINT = '1.3.6.1.4.1.9999.1'

// serve starts an agent with one integer that can be set.
function serve(port) {
  const options = { port, address: '127.0.0.1', disableAuthorization: true }
  const agent = snmp.createAgent(options, (err) => { if (err) console.log(err.message) })
  const mib = agent.getMib()
  mib.registerProvider({
    name: 'setpoint',
    type: snmp.MibProviderType.Scalar,
    oid: SETPOINT,
    scalarType: snmp.ObjectType.Integer,
    maxAccess: snmp.MaxAccess['read-write'],
  })
  mib.setScalarValue('setpoint', 0)
  return mib
}

// call promises the value of the one varbind that a function calls back with.
const call = (start) => new Promise((done) => start((err, varbinds) => done(err ? err.message : varbinds[0].value)))

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

async function main() {
  const probe = dgram.createSocket('udp4')
  await new Promise((ready) => probe.bind(0, '127.0.0.1', ready))
  const { port } = probe.address()
  await new Promise((closed) => probe.close(closed))
  const mib = serve(port)

  const one = new native.Session({ host: '127.0.0.1', port, community: 'public' })
  const other = snmp.createSession('127.0.0.1', 'public', { port, version: snmp.Version2c })
  const oid = SETPOINT + '.0'
  const steps = [
    [200, 200], [40000, 40000], [-1, -1], [-128, -128], [-129, 127], [-150, 106], [-255, 1], [-256, -256],
    [-32768, -32768], [-32769, 32767], [-40000, 25536], [-10000000, 6777216], [-2147483648, -2147483648],
  ]
  for (const [value, want] of steps) {
    const answer = await call((done) => one.set({ oid: '.' + oid, type: 2, value }, done))
    const stored = mib.getScalarValue('setpoint')
    const read = await call((done) => one.get({ oid: '.' + oid }, done))
    check(`snmp-native sets ${value}: answer, agent, get`, [answer, stored, read].join(), [want, want, want].join())
    await call((done) => other.set([{ oid, type: snmp.ObjectType.Integer, value }], done))
    const right = await call((done) => one.get({ oid: '.' + oid }, done))
    check(`net-snmp sets ${value}: agent, get of snmp-native`, [mib.getScalarValue('setpoint'), right].join(), [value, value].join())
  }
  if (!same) {
    console.log('snmp-native behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node --no-deprecation main.js
