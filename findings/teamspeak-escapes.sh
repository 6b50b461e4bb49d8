#!/usr/bin/env bash
# Two Node clients of TeamSpeak's ServerQuery read the name C:\server as "C:\ erver".
#
# Expected: in ServerQuery a space is \s, a pipe \p, a slash \/ and a backslash \\ (ServerQuery manual, "Escaping"). A
# reader goes through the text once, so \\s is a backslash and an s. What a client escapes, it reads back. A name
# is text, and a character that is cut by a segment's border is put together again.
# Seen, the Node packages node-ts 8.0.12 and ts3-nodejs-library 3.5.3:
# - Both replace \s first and \\ last. A name or a text with a backslash in front of s, p, n, r, t, f or v changes:
#   C:\server is "C:\ erver", and a\b\new is "a\b\", a line break and "ew". What they send is right, so a text
#   does not come back as it was sent, and a client is not found by its name.
# - node-ts makes a number of each value that looks like one: the client "42" has the name 42, at which
#   toLowerCase() throws. "007" stays text.
# - node-ts decodes each segment by itself: if a border falls into "é", it is two replacement characters.
#   ts3-nodejs-library puts it together.
# Names of letters and digits, with spaces, on loopback, are right.
# Consequence: take node-ts' rawResponse and unescape it in one pass, as text.replace(/\\(.)/g, ...). Give execute()
# of ts3-nodejs-library a parser of your own.
# Sources: node-ts' lib/queryStrings.js (unescapeQueryString) and lib/node-ts.js (Number.parseInt(value).toString() ==
# value; chunksToLinesAsync(this.socket)); ts3-nodejs-library's lib/transport/Command.js (unescape).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund node-ts@8.0.12 ts3-nodejs-library@3.5.3 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.mjs <<'END'
import net from 'net'
import { once } from 'events'
import { createRequire } from 'module'
import { TeamSpeakClient } from 'node-ts'

const { TeamSpeak } = createRequire(import.meta.url)('ts3-nodejs-library')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

let same = true
function check(what, got, want) {
  console.log(`${what}: ${JSON.stringify(got)}`)
  same = same && got === want
}

const escapes = { '\\': '\\\\', '/': '\\/', '|': '\\p', ' ': '\\s', '\n': '\\n' }
const escape = (text) => [...text].map((character) => escapes[character] ?? character).join('')

// The server answers clientlist with one client of this name, in two segments if it is to be cut.
let name = ''
let cut
let sent
const server = net.createServer((conn) => {
  conn.setNoDelay(true)
  conn.on('error', () => {})
  conn.write('TS3\n\rWelcome to the TeamSpeak 3 ServerQuery interface, type "help" for a list of commands.\n\r')
  let text = ''
  conn.on('data', (data) => {
    const lines = (text + data).split('\n')
    text = lines.pop()
    for (const line of lines) {
      const [command] = line.trim().split(' ')
      sent = line.trim()
      const answers = {
        version: 'version=3.13.7 build=1655727713 platform=Linux',
        whoami: 'virtualserver_status=online virtualserver_id=1 client_id=1',
        clientlist: `clid=1 cid=1 client_database_id=1 client_nickname=${escape(name)} client_type=0`,
      }
      const answer = Buffer.from((answers[command] ? answers[command] + '\n\r' : '') + 'error id=0 msg=ok\n\r')
      const border = command === 'clientlist' && cut ? answer.indexOf(0xc3) + 1 : answer.length
      conn.write(answer.subarray(0, border))
      if (border < answer.length) setTimeout(() => conn.write(answer.subarray(border)), 300)
    }
  })
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address()

const first = new TeamSpeakClient('127.0.0.1', port)
await first.connect()
const second = await TeamSpeak.connect({ host: '127.0.0.1', queryport: port, protocol: 'raw' })
const byFirst = async () => (await first.send('clientlist')).response[0].client_nickname
const bySecond = async () => (await second.execute('clientlist'))[0].clientNickname

for (const [text, want] of [['Ada L.', 'Ada L.'], ['a|b/c', 'a|b/c'], ['C:\\server', 'C:\\ erver'], ['a\\b\\new', 'a\\b\\\new'], ['007', '007']]) {
  name = text
  check(`${JSON.stringify(text)}, node-ts`, await byFirst(), want)
  check(`${JSON.stringify(text)}, ts3-nodejs-library`, await bySecond(), want)
}
name = '42'
check('"42", node-ts', await byFirst(), 42)
check('"42", ts3-nodejs-library', await bySecond(), '42')
await first.send('sendtextmessage', { msg: 'C:\\server x' })
check('what node-ts sends', sent, 'sendtextmessage msg=C:\\\\server\\sx')
await second.execute('sendtextmessage', { msg: 'C:\\server x' })
check('what ts3-nodejs-library sends', sent, 'sendtextmessage msg=C:\\\\server\\sx')
;[name, cut] = ['André', true]
check('"André" in two segments, node-ts', await byFirst(), 'Andr\ufffd\ufffd')
check('"André" in two segments, ts3-nodejs-library', await bySecond(), 'André')

if (!same) {
  console.log('one of the packages behaves differently from what is stated here')
  process.exit(1)
}
process.exit(0)
END
node --no-deprecation main.mjs
