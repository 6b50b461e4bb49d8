#!/usr/bin/env bash
# The SNMP agent of the Node package net-snmp leaves columns out of GETBULK, and answers SNMPv1 as v2c.
#
# Expected: max-repetitions of a GETBULK counts rows. Each variable that repeats gets that many, and
# those that do not repeat are not counted; an agent may send less, but at least one row (RFC 3416
# section 4.2.3). A manager that speaks SNMPv1 gets the error noSuchName for an object that is
# missing or behind the end, and no Counter64, which v1 does not have (RFC 3584 section 4.2).
# Seen, net-snmp 3.29.2 as an agent, with Debian's snmp 5.9.3+dfsg-2+deb12u1:
# - max-repetitions is the number of all variables in the answer. Three rows of two columns are the
#   first row and one cell of the second. One row of three columns is its first cell. If as many
#   variables do not repeat, the columns are missing altogether, with no error.
# - A v1 manager gets an answer without an error, with values that only v2c knows: noSuchObject,
#   endOfMibView and Counter64. A walk does not end by an error, but by such a value.
# snmpbulkwalk and the package's own walk() and table() ask for one column at a time, where
# the two counts are the same, so tests with them pass.
# Consequence: with this agent ask for one column in each GETBULK, and use v2c.
# Sources: the package's index.js (getBulkRequest compares the length of the answer with
# maxRepetitions; nothing in Agent looks at the version of a GET or GETNEXT).
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download snmp=5.9.3+dfsg-2+deb12u1 libsnmp40=5.9.3+dfsg-2+deb12u1 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund net-snmp@3.29.2 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const dgram = require('dgram')
const path = require('path')
const { execFile } = require('child_process')
const snmp = require('net-snmp')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const BASE = '1.3.6.1.4.1.9999'
const COLUMNS = [1, 2, 3].map((n) => `${BASE}.3.1.${n}`)
const { ObjectType } = snmp
const access = snmp.MaxAccess['read-only']

// serve starts an agent with two scalars and a table of four rows.
function serve(port) {
  const options = { port, address: '127.0.0.1', disableAuthorization: true }
  const agent = snmp.createAgent(options, (err) => { if (err) console.log(err.message) })
  const mib = agent.getMib()
  const scalar = (number, name, scalarType, value) => {
    mib.registerProvider({
      name, type: snmp.MibProviderType.Scalar, oid: `${BASE}.${number}`, scalarType, maxAccess: access,
    })
    mib.setScalarValue(name, value)
  }
  scalar(1, 'name', ObjectType.OctetString, 'agent')
  scalar(2, 'octets', ObjectType.Counter64, Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]))
  mib.registerProvider({
    name: 'table',
    type: snmp.MibProviderType.Table,
    oid: `${BASE}.3.1`,
    maxAccess: snmp.MaxAccess['not-accessible'],
    tableColumns: [
      { number: 1, name: 'index', type: ObjectType.Integer, maxAccess: access },
      { number: 2, name: 'label', type: ObjectType.OctetString, maxAccess: access },
      { number: 3, name: 'state', type: ObjectType.Integer, maxAccess: access },
    ],
    tableIndex: [{ columnName: 'index' }],
  })
  for (let row = 1; row <= 4; row++) mib.addTableRow('table', [row, `row${row}`, row * 10])
}

// run returns what a tool prints about each object, as "3.1.1.1=1".
function run(port, tool, ...args) {
  const env = {
    ...process.env,
    LD_LIBRARY_PATH: path.resolve('usr/lib/' + (process.arch === 'x64' ? 'x86_64' : 'aarch64') + '-linux-gnu'),
    MIBS: '',
    SNMPCONFPATH: path.resolve('.'),
    SNMP_PERSISTENT_DIR: path.resolve('state'),
  }
  const line = ['-On', '-Oq', '-c', 'public', '-t', '5', '-r', '1', ...args]
  line.splice(line.findIndex((a) => a.startsWith(BASE)), 0, `127.0.0.1:${port}`)
  return new Promise((done) => {
    execFile('usr/bin/' + tool, line, { env }, (err, stdout, stderr) => {
      done((stdout + stderr).split('\n').filter((l) => l.startsWith('.' + BASE) || l.includes('rror') || l.includes('imeout'))
        .map((l) => l.replace(`.${BASE}.`, '').replace(' ', '=').replaceAll('"', '')))
    })
  })
}

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got.join(', ')}`)
  same = same && got.join() === want.join()
}

async function main() {
  const probe = dgram.createSocket('udp4')
  await new Promise((ready) => probe.bind(0, '127.0.0.1', ready))
  const { port } = probe.address()
  await new Promise((closed) => probe.close(closed))
  serve(port)

  const bulk = (repeats, ...args) => run(port, 'snmpbulkget', '-v2c', `-Cr${repeats}`, ...args)
  check('one column, max-repetitions 3', await bulk(3, '-Cn0', COLUMNS[0]),
    ['3.1.1.1=1', '3.1.1.2=2', '3.1.1.3=3'])
  check('two columns, max-repetitions 3', await bulk(3, '-Cn0', ...COLUMNS.slice(0, 2)),
    ['3.1.1.1=1', '3.1.2.1=row1', '3.1.1.2=2'])
  check('three columns, max-repetitions 1', await bulk(1, '-Cn0', ...COLUMNS), ['3.1.1.1=1'])
  check('two that do not repeat and a column, max-repetitions 2',
    await bulk(2, '-Cn2', `${BASE}.1`, `${BASE}.2`, COLUMNS[0]), ['1.0=agent', '2.0=4294967296'])

  check('v1, GET of one that is there and one that is not',
    await run(port, 'snmpget', '-v1', `${BASE}.1.0`, `${BASE}.7.0`),
    ['1.0=agent', '7.0=No Such Object available on this agent at this OID'])
  check('v1, GETNEXT at the end', await run(port, 'snmpgetnext', '-v1', `${BASE}.3.1.3.4`),
    ['3.1.3.4=No more variables left in this MIB View (It is past the end of the MIB tree)'])
  check('v1, GETNEXT of a Counter64', await run(port, 'snmpgetnext', '-v1', `${BASE}.2`), ['2.0=4294967296'])

  if (!same) {
    console.log('net-snmp behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
