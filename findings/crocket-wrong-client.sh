#!/usr/bin/env bash
# When a client leaves, a crocket server forgets another client instead.
#
# Expected: emit() of a server reaches every client that is connected. A client that leaves
# makes no difference to the others. Each conn has a buffer of its own, and a message ends
# where its separator does, wherever a segment ends.
# Seen, the Node package crocket 1.0.15:
# - With three clients the first one leaves. From then on the third, still connected, gets
#   nothing; the second does. It is always the newest client that is forgotten.
# - If a segment ends inside the separator, the message waits until another one has come.
# - All clients share one buffer. If a message arrives in two segments, and one of another
#   client comes between them, both are lost, with two "error" events.
# One client at a time, or short messages on loopback, show none of this.
# Consequence: use a Crocket object for one client only, and newline-delimited JSON for
# servers.
# Sources: lib/crocket.js (the listener of "close" takes the flag hadError for the socket,
# so that splice gets -1, the last element; _onData looks for the separator in the new
# segment only, and appends to this.buffer); Node's documentation of the event "close".
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund crocket@1.0.15 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const Crocket = require('crocket')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

async function until(condition) {
  while (!condition()) await sleep(10)
}

// freePort returns a port that was free a moment ago: crocket does not listen on port 0.
function freePort() {
  return new Promise((done) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => done(port))
    })
  })
}

// connect makes a plain conn that sends each write as a segment of its own.
async function connect(port) {
  const c = net.connect(port, '127.0.0.1')
  await new Promise((ready) => c.once('connect', ready))
  return c.setNoDelay(true)
}

async function main() {
  const server = new Crocket()
  const got = []
  let left = 0
  server.on('order', (data) => got.push(data))
  server.on('error', () => got.push('error'))
  server.on('disconnect', () => left++)
  server.listen({ host: '127.0.0.1', port: await freePort() })
  await until(() => server.server.listening)
  const port = server.server.address().port

  const clients = []
  for (const name of ['first', 'second', 'third']) {
    const client = new Crocket()
    const news = []
    client.on('news', (data) => news.push(data))
    await new Promise((ready) => client.connect({ host: '127.0.0.1', port }, ready))
    await until(() => server.sockets.length === clients.length + 1)
    clients.push({ name, client, news })
  }
  server.emit('news', 1)
  await until(() => clients.every(({ news }) => news.length === 1))
  clients[0].client.close()
  await until(() => left === 1)
  server.emit('news', 2)
  await until(() => clients[1].news.length === 2)
  await sleep(1000)
  for (const { name, news } of clients) console.log(`the ${name} client got news ${news.join(' and ')}`)

  const a = await connect(port)
  a.write('{"topic":"order","data":1}<<<E')
  await sleep(200)
  a.write('OM\0')
  await sleep(1000)
  const held = got.join()
  a.write('{"topic":"order","data":2}<<<EOM\0')
  await until(() => got.length === 2)
  console.log(`separator in two segments, after 1 s: [${held}]; after the next message: [${got}]`)

  const b = await connect(port)
  got.length = 0
  a.write('{"topic":"order",')
  await sleep(200)
  b.write('{"topic":"order","data":4}<<<EOM\0')
  await sleep(200)
  a.write('"data":3}<<<EOM\0')
  await until(() => got.length === 2)
  console.log(`two clients, one message in two segments: [${got}]`)

  const news = clients.map(({ news }) => news.join()).join(' ')
  if (news !== '1 1,2 1' || held !== '' || got.join() !== 'error,error') {
    console.log('crocket behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
