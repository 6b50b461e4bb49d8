#!/usr/bin/env bash
# whois-json takes the next line for the value of an empty field, and loses the field of that line.
#
# Expected: the answer of a WHOIS server is text (RFC 3912). Registries of generic domains write a field in each
# line, a name, a colon and a value, which may be empty; several name servers are several lines. Regional
# registries write objects with continuation lines. A parser returns each value under its name.
# Seen, the Node package whois-json 2.1.0 with a server on this machine:
# - "Registrant Phone Ext:" is often empty. Its value is then "Registrant Email: ..." (the line that follows), and
#   the e-mail address is missing. Two empty fields take two lines.
# - If that line has a name that comes again, as "Domain Status", one of its values is missing without a trace: the
#   domain is "ok", and that it is on hold stands under another name. (The README says that values of one name
#   are joined.)
# - "&amp;" in a value is "&", also where the text means it.
# - Two objects, as a person and a network, are one: their names and remarks are joined. Continuation lines are
#   missing.
# An answer in which each field has a value is right, and so is that of a registry which puts each value on the
# next line, for which this was made.
# Consequence: take the raw text from the package whois, under this one, and split it into lines yourself.
# Sources: whois-json's parse-raw-data.js (replace(/:\s*\r\n/g, ': '), one object of names, XmlEntities).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund whois-json@2.1.0 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const { once } = require('events')
const whois = require('whois-json')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

let same = true
function check(what, got, want) {
  console.log(`${what}: ${JSON.stringify(got)}`)
  same = same && JSON.stringify(got) === JSON.stringify(want)
}

async function main() {
  let answer
  const server = net.createServer((conn) => conn.once('data', () => conn.end(answer))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  // ask returns what the package makes of these lines.
  async function ask(lines, end = '\r\n') {
    answer = lines.map((line) => line + end).join('')
    return whois('example.net', { server: { host: '127.0.0.1', port: server.address().port }, follow: 0 })
  }
  const registrant = ['Registrant Phone: +1.5555551212', 'Registrant Phone Ext: 7', 'Registrant Email: ada@example.net', 'DNSSEC: unsigned']
  const full = { registrantPhone: '+1.5555551212', registrantPhoneExt: '7', registrantEmail: 'ada@example.net', dnssec: 'unsigned' }
  check('all fields', await ask(registrant), full)
  const empty = registrant.map((line) => line.replace(': 7', ':'))
  check('one is empty', await ask(empty),
    { registrantPhone: '+1.5555551212', registrantPhoneExt: 'Registrant Email: ada@example.net', dnssec: 'unsigned' })
  const two = empty.map((line) => line.replace(': +1.5555551212', ':'))
  check('two are empty', await ask(two), { registrantPhone: 'Registrant Phone Ext: Registrant Email: ada@example.net', dnssec: 'unsigned' })
  check('one is empty, lines end with LF', await ask(empty, '\n'),
    { registrantPhone: '+1.5555551212', registrantEmail: 'ada@example.net', dnssec: 'unsigned' })
  check('the values on their own lines', await ask(['Domain name:', '    example.net', 'Registrar:', '    Ada Ltd']),
    { domainName: 'example.net', registrar: 'Ada Ltd' })

  const states = ['Domain Status: clientHold https://icann.org/epp#clientHold', 'Domain Status: ok https://icann.org/epp#ok']
  check('two states', await ask(states), { domainStatus: 'clientHold https://icann.org/epp#clientHold ok https://icann.org/epp#ok' })
  check('an empty field before them', await ask(['Updated Date:', ...states]),
    { updatedDate: 'Domain Status: clientHold https://icann.org/epp#clientHold', domainStatus: 'ok https://icann.org/epp#ok' })
  check('&amp;', await ask(['remarks: write &amp; for an ampersand']), { remarks: 'write & for an ampersand' })
  check('two objects', await ask(['netname: NET-A', 'descr: first line', '       second line', '', 'person: Ada', 'descr: of NET-A', 'e-mail: ada@example.net']),
    { netname: 'NET-A', descr: 'first line of NET-A', person: 'Ada', eMail: 'ada@example.net' })

  if (!same) {
    console.log('the package behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node --no-deprecation main.js
