#!/usr/bin/env bash
# nsyslog-parser puts half the structured data of logger in front of the text, or in place of it.
#
# Expected: structured data of a syslog message is elements in brackets. Names that are registered, as
# timeQuality, have no "@"; those of a program have one. In a value a backslash stands before a
# quotation mark. What follows is the text, whatever it contains (RFC 5424 section 6.3).
# Seen, the Node package nsyslog-parser 0.10.1 with Debian's logger (bsdutils 1:2.38.1-5+deb12u3):
# - logger --rfc5424 adds timeQuality, unless told not to. The parser returns no structured data, and a
#   text that begins with the rest of the element: tzKnown="1" isSynced="0"] disk is full.
# - If an element with "@" follows, the text itself is gone: the message is what is left of timeQuality.
#   The other element is returned.
# - A value with a quotation mark loses all structured data of the message, which stays in the text.
#   Two spaces in a value become one.
# - Without structured data, a text with an element-like part, as [job id="7"], is cut there, and the part
#   becomes structured data.
# Elements with "@" and simple values, as in most examples, are right, and so are messages without any.
# Consequence: send with logger --rfc5424=notq, or take the text out of originalMessage.
# Sources: nsyslog-parser's parser.js (RXS.invalid has no "["; RXS.sdata; asdata cuts the message at the first
# "["); util-linux' misc-utils/logger.c (timeQuality).
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download bsdutils=1:2.38.1-5+deb12u3 libsystemd0 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund nsyslog-parser@0.10.1 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const dgram = require('dgram')
const { once } = require('events')
const { execFileSync } = require('child_process')
const parse = require('nsyslog-parser')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

async function main() {
  const server = dgram.createSocket('udp4').bind(0, '127.0.0.1')
  await once(server, 'listening')
  // log sends a message with logger, and returns the text and the structured data that the parser finds.
  async function log(...args) {
    const env = { ...process.env, LD_LIBRARY_PATH: process.env.LIBS }
    execFileSync('usr/bin/logger', ['--udp', '--server', '127.0.0.1', '--port', String(server.address().port), '--tag', 'app', ...args], { env })
    const [bytes] = await once(server, 'message')
    console.log(`  ${bytes.toString().replace(/^(<\d+>1) \S+ \S+/, '$1 TIME HOST')}`)
    const { message, structuredData } = parse(bytes.toString())
    // What logger says of the clock depends on the machine.
    return `${message.replace(/tzKnown="." isSynced="[^\]]*\]/, 'tzKnown="1" isSynced="0"]')} | ${JSON.stringify(structuredData)}`
  }
  const disk = ['--sd-id', 'disk@32473', '--sd-param']

  check('no element', await log('--rfc5424=notq', 'disk is full'), 'disk is full | []')
  check('disk@32473', await log('--rfc5424=notq', ...disk, 'name="sda"', 'disk is full'), 'disk is full | [{"$id":"disk@32473","name":"sda"}]')
  check('timeQuality', await log('--rfc5424', 'disk is full'), 'tzKnown="1" isSynced="0"] disk is full | []')
  check('both', await log('--rfc5424', ...disk, 'name="sda"', 'disk is full'),
    'tzKnown="1" isSynced="0"] | [{"$id":"disk@32473","name":"sda"}]')
  check('a quotation mark in a value', await log('--rfc5424=notq', ...disk, 'name="the \\"new\\" one"', 'disk is full'),
    '[disk@32473 name="the \\"new\\" one"] disk is full | []')
  check('two spaces in a value', await log('--rfc5424=notq', ...disk, 'name="a  b"', 'disk is full'),
    'disk is full | [{"$id":"disk@32473","name":"a b"}]')
  check('a text with brackets', await log('--rfc5424=notq', 'failed [job id="7"] and gave up'), 'failed | [{"$id":"job","id":"7"}]')

  if (!same) {
    console.log('nsyslog-parser or logger behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
arch=$(uname -m)-linux-gnu
LIBS=$dir/usr/lib/$arch:$dir/lib/$arch node --no-deprecation main.js
