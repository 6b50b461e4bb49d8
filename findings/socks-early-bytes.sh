#!/usr/bin/env bash
# The Node package socks loses a greeting that arrives with the proxy's answer.
#
# Expected: createConnection resolves with a socket that has not been read yet.
# A server that speaks first (SMTP, FTP, SSH) sends its greeting whenever it
# likes, and the program reads it whenever it likes, with "for await" or with a
# "data" listener.
# Seen, socks 2.8.10: if the greeting is in the same segment as the answer of the
# proxy, the package has read it already. It emits these bytes as one "data"
# event in the next turn of the event loop, and keeps nothing. Only a listener
# that is attached in the very turn of the callback, or of await, sees them. With
# "for await", or after one more await, they are gone, without an error. If the
# greeting comes later, every way works.
# Consequence: attach a "data" listener at once, before any other await.
# Sources: socksclient.js (the listener of "established" emits the excess data
# in setImmediate); the project's issue 25 is about the listener in the callback,
# which that line cured.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund socks@2.8.10 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const { SocksClient } = require('socks')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

// proxy is a SOCKS5 server and its target in one: it grants the request, greets,
// repeats what it gets next, and closes. A late greeting comes after a request.
function proxy(late) {
  const granted = Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 25])
  return net.createServer((c) => {
    let step = 0
    c.on('error', () => {})
    c.on('data', (d) => {
      step++
      if (step === 1) c.write(Buffer.from([5, 0]))
      else if (step === 2) c.write(late ? granted : Buffer.concat([granted, Buffer.from('220 ready|')]))
      else c.end((late ? '220 ready|' : '') + 'you said ' + d)
    })
  })
}

// session returns everything that one way to read a socket gets out of it.
async function session(late, read) {
  const server = proxy(late)
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const { socket } = await SocksClient.createConnection({
    proxy: { host: '127.0.0.1', port: server.address().port, type: 5 },
    command: 'connect',
    destination: { host: '127.0.0.1', port: 25 }
  })
  const got = await read(socket)
  server.close()
  return got
}

const listen = (socket) => new Promise((done) => {
  let got = ''
  socket.on('data', (d) => { got += d })
  socket.on('end', () => done(got))
  setImmediate(() => setImmediate(() => socket.write('QUIT')))
})

async function iterate(socket) {
  let got = ''
  setImmediate(() => setImmediate(() => socket.write('QUIT')))
  for await (const d of socket) got += d
  return got
}

async function later(socket) {
  await new Promise((done) => setImmediate(() => setImmediate(done)))
  return listen(socket)
}

async function main() {
  const whole = '220 ready|you said QUIT'
  const seen = {
    'listener at once': await session(false, listen),
    'for await at once': await session(false, iterate),
    'listener a moment later': await session(false, later),
    'for await, greeting later': await session(true, iterate)
  }
  for (const [name, got] of Object.entries(seen)) console.log(`${name}: ${JSON.stringify(got)}`)
  const all = Object.values(seen)
  if (all[0] !== whole || all[1] !== 'you said QUIT' || all[2] !== 'you said QUIT' || all[3] !== whole) {
    console.log('socks behaves differently from what is stated here')
    process.exit(1)
  }
}
main()
END
node main.js
