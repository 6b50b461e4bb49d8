#!/usr/bin/env bash
# telnet-stream overwrites the data of one subnegotiation with that of the next.
#
# Expected: the Buffer that an event hands out is the listener's to keep. Options and text
# arrive in the order in which they were sent: an option such as ECHO concerns what follows it.
# Seen, the Node package telnet-stream 1.1.0:
# - The Buffer of "sub" is a part of the package's own. If a client sends its terminal
#   type and then its speed, a program that keeps the first finds "9600," where "xterm" was.
#   A listener that uses the Buffer at once does not notice.
# - The text of a segment comes after all options of the segment, whatever their order. A
#   listener that switches a password's echo off or on does it for text that was before
#   the option. If text and option come in segments of their own, the order is right.
# Consequence: copy the data with Buffer.from(data) in the listener of "sub", and do not
# relate options to places in the text.
# Sources: lib/telnetInput.js (subBuf is one Buffer, and slice does not copy; _transform pushes
# the text of a segment at its end and emits options before that).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund telnet-stream@1.1.0 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const { TelnetSocket } = require('telnet-stream')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

const IAC = 255
const SB = 250
const SE = 240
const DO = 253
const ECHO = 1

// subnegotiation is what a client answers to a question for an option's value.
const subnegotiation = (option, value) => Buffer.concat([
  Buffer.from([IAC, SB, option, 0]), Buffer.from(value), Buffer.from([IAC, SE]),
])

// send sends segments to a server, and returns what a TelnetSocket there emits, and the
// data of its subnegotiations as they are at the end.
async function send(segments) {
  const events = []
  const kept = []
  const server = net.createServer((c) => {
    const telnet = new TelnetSocket(c)
    telnet.on('data', (bytes) => events.push(`text "${bytes}"`))
    telnet.on('do', (option) => events.push(option === ECHO ? 'DO ECHO' : 'DO ' + option))
    telnet.on('sub', (option, data) => kept.push(data))
    telnet.on('error', () => {})
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const c = net.connect(server.address().port, '127.0.0.1')
  c.setNoDelay(true)
  c.on('error', () => {})
  for (const segment of segments) {
    c.write(segment)
    await sleep(300)
  }
  c.destroy()
  server.close()
  return { events: events.join(', '), values: kept.map((data) => String(data.subarray(1))).join(', ') }
}

async function main() {
  const type = subnegotiation(24, 'xterm')
  const speed = subnegotiation(32, '9600,9600')
  const { values } = await send([type, speed])
  console.log(`terminal type and speed, kept: ${values}`)
  const parts = [Buffer.from('name'), Buffer.from([IAC, DO, ECHO]), Buffer.from('password')]
  const apart = await send(parts)
  const together = await send([Buffer.concat(parts)])
  console.log(`text, option, text in three segments: ${apart.events}; in one: ${together.events}`)
  if (values !== '9600,, 9600,9600' || apart.events !== 'text "name", DO ECHO, text "password"' ||
      together.events !== 'DO ECHO, text "namepassword"') {
    console.log('telnet-stream behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
