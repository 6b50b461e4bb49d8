#!/usr/bin/env bash
# The Node package ldif reads no output of ldapsearch with an empty value or a long comment, and damages certificates.
#
# Expected: a line of LDIF may be folded, also one of a comment, and a value may be empty: "description:" (RFC 2849,
# notes 2 and 5, and value-spec in the grammar). Bytes that are no text are in base64, and are written again
# as they were read. The package's README says "100% RFC-compliance; should comprehend any valid LDIF file" and
# "Outputs exactly compatilble LDIF for any parsed record or file".
# Seen, ldif 0.5.1 with the output of Debian's ldap-utils 2.5.13+dfsg-5, which reads from a server of the Node package ldapjs
# 3.0.7:
# - An empty value makes parse() throw "Cannot read properties of null (reading 'type')". One entry of a directory is
#   enough, and nothing of the file is returned.
# - ldapsearch -L writes the name of each entry as a comment, folded at 78 characters. At the first long name parse()
#   throws 'Expected DN, WHITESPACE or entry but " " found'. The line "dn:" below it, folded as well, is right.
# - A value in base64 is read as UTF-8. Bytes that are none become replacement characters, and toLDIF() writes these:
#   the certificate of 4 bytes, 30 82 FF FE, has 10 afterwards.
# Short names and texts are right.
# Consequence: read with ldapsearch -LLL, and take lines that end with their colon out; take bytes from the lines with "::".
# Sources: the package's lib/ldif.pegjs (the rule for an empty value returns null, for which Record.populate makes a Value;
# a comment is one line; base64_decode returns a string).
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download ldap-utils=2.5.13+dfsg-5 libldap-2.5-0=2.5.13+dfsg-5 && apt-get download libsasl2-2; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
LD_LIBRARY_PATH=$dir/usr/lib/$(uname -m)-linux-gnu
export LD_LIBRARY_PATH LDAPNOINIT=1
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund ldif@0.5.1 ldapjs@3.0.7 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const { execFile } = require('child_process')
const ldapjs = require('ldapjs')
const ldif = require('ldif')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const BASE = 'dc=example,dc=com'
const LONG = 'a device with a name that says where it is'
const ENTRIES = {
  short: [`uid=short,${BASE}`, { uid: 'short', description: 'one\ntwo', mail: ['a@example.com', 'b@example.com'] }],
  empty: [`uid=empty,${BASE}`, { uid: 'empty', description: '' }],
  long: [`cn=${LONG},ou=second building behind the gate,${BASE}`, { uid: 'long' }],
  bytes: [`uid=bytes,${BASE}`, { uid: 'bytes', 'userCertificate;binary': Buffer.from([0x30, 0x82, 0xff, 0xfe]) }],
}

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

const SHORT = '{"uid":"short","description":"one\\ntwo","mail":["a@example.com","b@example.com"]}'

async function main() {
  const server = ldapjs.createServer()
  server.search(BASE, (req, res) => {
    for (const [dn, attributes] of Object.values(ENTRIES)) if (req.filter.matches(attributes)) res.send({ dn, attributes })
    res.end()
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const url = `ldap://127.0.0.1:${server.address().port}`

  const search = (option, filter) => new Promise((done) => {
    const args = ['-x', option, '-H', url, '-b', BASE, filter]
    execFile('usr/bin/ldapsearch', args, { encoding: 'latin1' }, (err, stdout, stderr) => done(err ? stderr : stdout))
  })
  // read returns the attributes of the only entry, or the error.
  function read(text) {
    try {
      return JSON.stringify(ldif.parse(text).toObject({}).entries[0].attributes)
    } catch (err) {
      return err.message
    }
  }
  check('short, -L', read(await search('-L', '(uid=short)')), SHORT)
  check('short, -LLL', read(await search('-LLL', '(uid=short)')), SHORT)
  const empty = await search('-LLL', '(uid=empty)')
  check('the empty value is', empty.split('\n').find((line) => line.startsWith('desc')), 'description:')
  check('empty, -LLL', read(empty), "Cannot read properties of null (reading 'type')")
  check('long, -L', read(await search('-L', '(uid=long)')), 'Expected DN, WHITESPACE or entry but " " found.')
  check('long, -LLL', read(await search('-LLL', '(uid=long)')), '{"uid":"long"}')

  const bytes = await search('-LLL', '(uid=bytes)')
  const value = (text) => Buffer.from(text.split('\n').find((line) => line.startsWith('userC')).split(':: ')[1], 'base64').toString('hex')
  check('bytes of ldapsearch', value(bytes), '3082fffe')
  check('bytes of toLDIF()', value(ldif.parse(bytes).toLDIF()), '30efbfbdefbfbdefbfbd')

  if (!same) {
    console.log('ldif behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node --no-deprecation main.js
