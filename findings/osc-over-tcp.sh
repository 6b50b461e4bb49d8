#!/usr/bin/env bash
# The Node package osc gets no message from liblo's oscsend over TCP, while the other way works.
#
# Expected: OSC 1.0 puts a length of four bytes before each packet of a stream, OSC 1.1 the byte C0
# around it (SLIP). A package with an option useSLIP for TCP has lengths if it is off. If both sides
# print what they get in one direction, they also fit in the other.
# Seen, the Node package osc 2.4.5 with Debian's liblo-tools 0.31-1:
# - oscdump, on liblo, finds out which of the two it gets, and prints all messages of osc. oscsend
#   sends lengths only. osc's TCPSocketPort waits for a C0: no "message" comes, and no "error".
# - Numbers may have a byte C0. A float of -6 is C0C00000, and only then is there an "error", which
#   says that the packet has no address.
# - With useSLIP off, osc takes each segment for one packet, so the length is an "error". What it sends
#   is SLIP all the same, so two TCPSocketPorts with the option do not understand each other.
# Between two programs on osc with SLIP, and over UDP, all is well.
# Consequence: use UDP between the two, or in a program on liblo lo_address_set_stream_slip.
# Sources: osc's src/osc-transports.js (useSLIP chooses the decoder; encodeOSC always calls slip.encode)
# and its README ("will take care of SLIP framing"); liblo's documentation of
# lo_address_set_stream_slip; OSC 1.0, "OSC Packets".
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download liblo-tools=0.31-1 liblo7=0.31-1 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund --omit=optional osc@2.4.5 >npm.log 2>&1 || { cat npm.log; exit 1; }
LD_LIBRARY_PATH=$dir/usr/lib/$(uname -m)-linux-gnu
export LD_LIBRARY_PATH
cat >main.js <<'END'
const net = require('net')
const { once } = require('events')
const { execFileSync, spawn } = require('child_process')
const osc = require('osc')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

// serve starts a server with a TCPSocketPort for each conn, and notes what it emits.
async function serve(options) {
  const events = []
  const server = net.createServer((socket) => {
    const port = new osc.TCPSocketPort({ socket, ...options })
    port.on('message', (m) => events.push('message ' + [m.address, ...m.args].join(' ')))
    port.on('error', (err) => events.push('error ' + err.message.split('. ')[0]))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: server.address().port,
    async take() {
      await sleep(500)
      return events.splice(0).join('; ') || 'nothing'
    },
  }
}

async function connect(port, options) {
  const client = new osc.TCPSocketPort({ address: '127.0.0.1', port, ...options })
  client.open()
  await new Promise((ready) => client.on('ready', ready))
  return client
}

const oscsend = (port, ...message) => execFileSync('usr/bin/oscsend', [`osc.tcp://127.0.0.1:${port}`, ...message])

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

const NO_ADDRESS = "error The header of an OSC packet didn't contain an OSC address or a #bundle string"

async function main() {
  const slip = await serve({})
  oscsend(slip.port, '/fader', 'is', '3', 'up')
  check('oscsend to osc, 3 "up"', await slip.take(), 'nothing')
  oscsend(slip.port, '/fader', 'f', '-6')
  check('oscsend to osc, -6.0', await slip.take(), NO_ADDRESS)
  const one = await connect(slip.port, {})
  one.send({ address: '/fader', args: [-6] })
  check('osc to osc, -6.0', await slip.take(), 'message /fader -6')

  const plain = await serve({ useSLIP: false })
  oscsend(plain.port, '/fader', 'is', '3', 'up')
  check('oscsend to osc without SLIP, 3 "up"', await plain.take(), NO_ADDRESS)
  const two = await connect(plain.port, { useSLIP: false })
  two.send({ address: '/fader', args: [-6] })
  check('osc to osc, both without SLIP, -6.0', await plain.take(), NO_ADDRESS)

  const probe = net.createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  await new Promise((closed) => probe.close(closed))
  const dump = spawn('usr/bin/oscdump', ['-L', `osc.tcp://:${port}`], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  dump.stdout.on('data', (bytes) => { text += bytes })
  let socket
  while (!socket) {
    const attempt = net.connect(port, '127.0.0.1')
    const ok = await new Promise((done) => attempt.on('connect', () => done(true)).on('error', () => done(false)))
    if (ok) socket = attempt
    else await sleep(50)
  }
  const three = new osc.TCPSocketPort({ socket })
  three.send({ address: '/fader', args: [-6] })
  while (!text.includes('\n')) await sleep(50)
  dump.kill()
  check('osc to oscdump, -6.0', text.trim().split(' ').slice(1).join(' '), '/fader f -6.000000')

  if (!same) {
    console.log('osc or liblo behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
