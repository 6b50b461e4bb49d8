#!/usr/bin/env bash
# node-hl7-server handles each message of a conn again with every later one.
#
# Expected: an HL7 sender keeps its conn and sends one framed message after the other (MLLP:
# VT, message, FS CR), waiting for each acknowledgment. The server calls its handler once for
# each message, and acknowledges it once.
# Seen, the Node package node-hl7-server 2.5.0: of three messages on one conn the handler gets
# the first, then the first and the second, then all three. Six calls and six acknowledgments:
# an admission or an order is entered three times, and the sender takes acknowledgments of
# old messages for those of new ones. No error is emitted.
# - If a segment ends inside the second of two messages, the handler is called with a message
#   that has no id, and then with both.
# A sender that connects for each message, as in most tests, gets one call for each.
# Consequence: let senders connect for each message, or keep the ids (MSH-10) that have been
# handled on a conn and ignore them.
# Sources: lib/cjs/server/inbound.js (loadedMessage lives as long as the conn and is never
# emptied; what has several MSH segments is taken for a batch).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund node-hl7-server@2.5.0 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const { Server } = require('node-hl7-server')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

const message = (id) => `\x0bMSH|^~\\&|A|B|C|D|20260101||ADT^A01^ADT_A01|${id}|P|2.3\rEVN||20260101\r\x1c\r`

// freePort returns a port that was free a moment ago: the package does not listen on port 0.
function freePort() {
  return new Promise((done) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => done(port))
    })
  })
}

async function main() {
  const port = await freePort()
  let handled = []
  const inbound = new Server({ bindAddress: '127.0.0.1' }).createInbound({ port }, async (req, res) => {
    handled.push(String(req.getMessage().get('MSH.10')) || 'without id')
    await res.sendResponse('AA')
  })
  await new Promise((ready) => inbound.on('listen', ready))

  // send sends segments over one conn, and says what is handled and what is acknowledged.
  async function send(segments) {
    handled = []
    const c = net.connect(port, '127.0.0.1')
    let text = ''
    c.setNoDelay(true)
    c.on('error', () => {})
    c.on('data', (bytes) => { text += bytes })
    for (const segment of segments) {
      c.write(segment)
      await sleep(500)
    }
    c.destroy()
    await sleep(100)
    const acknowledged = [...text.matchAll(/MSA\|AA\|(\w+)/g)].map((found) => found[1])
    return `handled ${handled.join(' ')}; acknowledged ${acknowledged.join(' ')}`
  }

  const apart = [await send([message('m1')]), await send([message('m2')])].join('; then ')
  const one = await send([message('m1'), message('m2'), message('m3')])
  const border = message('m2').length / 2
  const cut = await send([message('m1') + message('m2').slice(0, border), message('m2').slice(border)])
  console.log(`two messages, a conn for each: ${apart}`)
  console.log(`three messages on one conn: ${one}`)
  console.log(`two messages, a border inside the second: ${cut}`)
  if (apart !== 'handled m1; acknowledged m1; then handled m2; acknowledged m2' ||
      one !== 'handled m1 m1 m2 m1 m2 m3; acknowledged m1 m1 m2 m1 m2 m3' ||
      !cut.startsWith('handled m1 without id m1 m2')) {
    console.log('node-hl7-server behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
