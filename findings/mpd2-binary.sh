#!/usr/bin/env bash
# mpd2 counts the bytes of a picture in characters, and waits for the rest for ever.
#
# Expected: MPD answers albumart with "binary: 17", so many bytes, and OK. A client that
# knows such answers, as this one says it does, skips that many bytes.
# Seen, the Node package mpd2 1.0.7: the socket decodes UTF-8 before anything is counted.
# Here and there two or three bytes of a picture make one character. So fewer come than are
# announced, and the client takes OK and what follows for a part of the picture. The
# command never returns, nor does any after it, and nothing is reported. A picture of
# ASCII, as in a test, arrives. What arrives of a real one could not be used either: bytes
# that are no text have become replacement characters.
# Consequence: read pictures over a conn of your own.
# Sources: lib/index.js (setEncoding('utf8'), and parseInt(line.substring(7)) added to an
# index into a string); the protocol of MPD on binary responses.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund mpd2@1.0.7 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const mpd2 = require('mpd2')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
const within = (call) => Promise.race([
  call.then(() => 'returned', (e) => `rejected: ${e.message}`), sleep(2000).then(() => 'nothing after 2 s')])

// serve starts as much of MPD as this client needs; it has one picture.
async function serve(picture) {
  const answers = {
    noidle: Buffer.from('OK\n'),
    status: Buffer.from('volume: 50\nOK\n'),
    albumart: Buffer.concat([Buffer.from(`size: ${picture.length}\nbinary: ${picture.length}\n`), picture, Buffer.from('\nOK\n')]),
  }
  const server = net.createServer((c) => {
    let text = ''
    c.write('OK MPD 0.23.5\n')
    c.on('error', () => {})
    c.on('data', (bytes) => {
      text += bytes
      const lines = text.split('\n')
      text = lines.pop()
      for (const line of lines) {
        const answer = answers[line.split(' ')[0]]
        if (answer) c.write(answer)
      }
    })
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  return server
}

async function show(what, picture) {
  const server = await serve(picture)
  const client = await mpd2.connect({ host: '127.0.0.1', port: server.address().port })
  const art = await within(client.sendCommand('albumart "song.ogg" 0'))
  const status = await within(client.sendCommand('status'))
  server.close()
  console.log(`${what}: albumart: ${art}; status after it: ${status}`)
  return `${art}, ${status}`
}

// noise makes n bytes that look like compressed data, the same ones each time.
function noise(n) {
  let state = 1
  return Buffer.from(Array.from({ length: n }, () => {
    state = (state * 48271) % 2147483647
    return state >> 16
  }))
}

async function main() {
  const ascii = await show('a picture of 1000 ASCII bytes', Buffer.alloc(1000, 'p'))
  const binary = await show('a picture of 1000 other bytes', noise(1000))
  if (ascii !== 'returned, returned' || binary !== 'nothing after 2 s, nothing after 2 s') {
    console.log('mpd2 behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
