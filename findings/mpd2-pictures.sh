#!/usr/bin/env bash
# The MPD client mpd2 skips the end of a picture's answer, and needs the greeting in one segment.
#
# Expected: the Music Player Daemon announces binary data, "binary: 100", and sends so many
# bytes, a newline and OK. The commands albumart and readpicture return these bytes, or the
# client refuses them; the next command works. A greeting may come in pieces.
# Seen, the Node package mpd2 1.0.7:
# - It decodes all that it reads as UTF-8, and then skips 100 characters. Where two or more
#   bytes of the picture make one character, it skips over the OK as well. The call
#   does not return, nor do later ones, until other answers have filled the gap, which
#   are lost. Of ASCII bytes, as in a simple test, all are returned.
# - If the greeting "OK MPD 0.23.5" comes in two segments, connect() fails with "Unexpected
#   MPD service response".
# Consequence: fetch pictures over a conn of your own, and try again if connect() fails.
# Sources: lib/index.js (setEncoding("utf8"); _receive adds the number of bytes to a place
# in a string; onData tests one segment); MPD's protocol documentation, binary responses.
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
const mpd = require('mpd2')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

// within says how long the answer to a command is, or that it has not come.
const within = (call) => Promise.race([
  call.then((text) => `an answer of ${text.length}`, (e) => 'error: ' + e.message),
  sleep(2000).then(() => 'nothing'),
])

// connect starts a server of few commands that greets in pieces, and a client of it. A
// picture is 100 bytes.
async function connect(greeting, byte) {
  const server = net.createServer(async (c) => {
    let idle = false
    let text = ''
    c.setNoDelay(true)
    c.on('error', () => {})
    c.on('data', (bytes) => {
      text += bytes
      const lines = text.split('\n')
      text = lines.pop()
      for (const line of lines) {
        if (line === 'noidle' && idle) c.write('OK\n')
        if (line === 'status') c.write('volume: 50\nOK\n')
        if (line.startsWith('readpicture')) {
          c.write(Buffer.concat([Buffer.from('size: 100\nbinary: 100\n'), picture, Buffer.from('\nOK\n')]))
        }
        idle = line === 'idle'
      }
    })
    for (const piece of greeting) {
      c.write(piece)
      await sleep(100)
    }
  })
  const picture = Buffer.alloc(100, byte)
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  return mpd.connect({ host: '127.0.0.1', port: server.address().port })
}

async function main() {
  const whole = ['OK MPD 0.23.5\n']
  const seen = []
  for (const [name, bytes] of [['ASCII', 'A'], ['two bytes a character', Buffer.from([0xc3, 0xa9])]]) {
    const client = await connect(whole, bytes)
    const picture = await within(client.sendCommand('readpicture "song" 0'))
    const status = await within(client.sendCommand('status'))
    console.log(`a picture of ${name}: ${picture}; status after it: ${status}`)
    seen.push(picture, status)
  }
  const cut = await connect(['OK M', 'PD 0.23.5\n']).then(() => 'connected', (e) => e.message)
  console.log(`the greeting in two segments: ${cut}`)
  if (seen.join() !== 'an answer of 123,an answer of 11,nothing,nothing' ||
      cut !== 'Unexpected MPD service response') {
    console.log('mpd2 behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
