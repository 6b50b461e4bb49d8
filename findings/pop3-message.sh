#!/usr/bin/env bash
# node-pop3 leaves doubled dots in mails, and what it returns depends on segments.
#
# Expected: RETR returns the mail that the server has. A line of it that begins with a
# dot travels with one more, which the client removes (RFC 1939 section 3). Where the
# segments of the stream begin makes no difference.
# Seen, node-pop3 0.11.0:
# - The dot is not removed: ".gitignore" at the start of a line becomes "..gitignore".
#   Signatures over such a mail fail.
# - The client searches each segment by itself. If a segment begins at the dot that
#   ends a mail, the mail is a CR LF longer than otherwise, so the same mail has two
#   lengths and two hashes.
# - A status line that comes in two segments is cut short and reported as complete: a
#   mailbox of 300 bytes has 3.
# A server on the same machine sends a small mail in one segment, so tests pass.
# Consequence: remove the dots yourself, and the last CR LF if there is one. Do not rely
# on the numbers of STAT.
# Sources: Connection.js (_pushStream compares the last five bytes of a segment; a
# response is whatever one segment holds); the project's issue 36 is about the end.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund node-pop3@0.11.0 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.mjs <<'END'
import net from 'node:net'
import Pop3 from 'node-pop3'

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const pause = (ms) => new Promise((done) => setTimeout(done, ms))

// server answers the login, and anything else with text in two segments, the second of
// which begins at cut.
function server(text, cut) {
  return net.createServer((c) => {
    c.setNoDelay(true)
    c.on('error', () => {})
    c.write('+OK ready\r\n')
    let rest = ''
    c.on('data', async (d) => {
      const lines = (rest + d).split('\r\n')
      rest = lines.pop()
      for (const line of lines) {
        if (/^(USER|PASS)/.test(line)) { c.write('+OK\r\n'); continue }
        c.write(text.slice(0, cut))
        if (cut >= text.length) continue
        await pause(300)
        c.write(text.slice(cut))
      }
    })
  })
}

// call returns what a command of the client returns.
async function call(text, cut, command) {
  const s = server(text, cut)
  await new Promise((ready) => s.listen(0, '127.0.0.1', ready))
  const client = new Pop3({ user: 'u', password: 'p', host: '127.0.0.1', port: s.address().port })
  const got = await Promise.race([
    command(client).then((value) => JSON.stringify(value), (err) => 'error ' + err.message),
    pause(10000).then(() => 'nothing within 10 s')
  ])
  s.close()
  return got
}

const mail = '+OK\r\nSubject: x\r\n\r\n..gitignore\r\n.\r\n'
const retr = (client) => client.RETR(1)
const right = '"Subject: x\\r\\n\\r\\n..gitignore"'
const cases = [
  ['one segment', mail, mail.length, retr, right],
  ['cut in the mail', mail, mail.length - 9, retr, right],
  ['cut before CR LF and dot', mail, mail.length - 5, retr, right],
  ['cut before the dot', mail, mail.length - 3, retr, '"Subject: x\\r\\n\\r\\n..gitignore\\r\\n"'],
  ['status line, one segment', '+OK 2 300\r\n', 11, (client) => client.STAT(), '"2 300"'],
  ['status line, cut', '+OK 2 300\r\n', 8, (client) => client.STAT(), '"2 3"']
]
let same = true
for (const [name, text, cut, command, want] of cases) {
  const got = await call(text, cut, command)
  console.log(`${name}: ${got}`)
  if (got !== want) same = false
}
if (!same) console.log('node-pop3 behaves differently from what is stated here')
process.exit(same ? 0 : 1)
END
node main.mjs
