#!/usr/bin/env bash
# nats.js drops what is published while it is not connected, or just before close().
#
# Expected of a NATS client: publish() before close() is sent, as nats.go flushes in
# Close. While the server is away messages wait in a buffer and are sent when it is back,
# as nats.go does with up to 8 MiB; a client that cannot keep them throws.
# Seen, nats 2.29.3 (nats.js):
# - Three messages and await close(): none is sent. A program that publishes a lot before
#   close() loses the last part, so larger tests may pass.
# - Messages that are published after the conn was lost go into the buffer, which each
#   attempt to connect empties. After the reconnect none is sent. publish() returns
#   nothing and throws nothing; closed() and status() report no loss.
# - A request whose conn is lost is not rejected before its own timeout.
# Consequence: use drain() or await flush() before close(), and while status() says
# "disconnect" keep the messages yourself.
# Sources: lib/nats-base-client/protocol.js (prepare calls resetOutbound at each attempt;
# sendCommand flushes in a microtask, and close does not flush); the project's issue 213
# about messages during a reconnect; the README on drain.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund nats@2.29.3 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const { connect } = require('nats')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

// serve starts as much of a NATS server as these clients need.
async function serve(port = 0) {
  const server = net.createServer((c) => {
    self.conns.push(c)
    c.on('error', () => {})
    c.on('close', () => { self.closed++ })
    c.on('data', (bytes) => {
      self.text += bytes
      for (const _ of String(bytes).match(/PING\r\n/g) || []) c.write('PONG\r\n')
    })
    const info = { server_id: 'finding', version: '2.10.0', proto: 1, headers: true, max_payload: 1 << 20, host: '127.0.0.1', port: self.port }
    c.write(`INFO ${JSON.stringify(info)}\r\n`)
  })
  const self = {
    conns: [],
    closed: 0,
    text: '',
    published: () => (self.text.match(/PUB \w+/g) || []).map((line) => line.slice(4)).join(),
    stop: () => { self.conns.forEach((c) => c.destroy()); server.close() },
  }
  await new Promise((ready) => server.listen(port, '127.0.0.1', ready))
  self.port = server.address().port
  return self
}

const options = (port) => ({ servers: `127.0.0.1:${port}`, reconnectTimeWait: 100, reconnectJitter: 0 })

async function atTheEnd(end) {
  const server = await serve()
  const client = await connect(options(server.port))
  for (const subject of ['one', 'two', 'three']) client.publish(subject)
  await end(client)
  while (server.closed === 0) await sleep(10)
  server.stop()
  return server.published()
}

async function whileAway() {
  const first = await serve()
  const client = await connect(options(first.port))
  const states = client.status()[Symbol.asyncIterator]()
  first.stop()
  await states.next() // "disconnect"
  for (const subject of ['one', 'two', 'three']) client.publish(subject)
  await sleep(500)
  const second = await serve(first.port)
  while (second.conns.length === 0) await sleep(10)
  await client.flush()
  client.publish('back')
  await client.flush()
  await client.close()
  second.stop()
  return second.published()
}

async function request() {
  const server = await serve()
  const client = await connect(options(server.port))
  const start = Date.now()
  const failed = client.request('question', undefined, { timeout: 3000 }).then(() => 'answered', (e) => e.code)
  while (!server.text.includes('question')) await sleep(10)
  server.conns.forEach((c) => c.destroy())
  const code = await failed
  await client.close()
  server.stop()
  return `${code} after ${Date.now() - start >= 2900 ? 'its timeout' : 'less than its timeout'}`
}

async function main() {
  const closed = await atTheEnd((client) => client.close())
  const drained = await atTheEnd((client) => client.drain())
  console.log(`published one, two, three, then close(): "${closed}"; then drain(): "${drained}"`)
  const away = await whileAway()
  console.log(`published one, two, three while the server is away, and back: "${away}"`)
  const lost = await request()
  console.log(`request whose conn is lost: ${lost}`)
  if (closed !== '' || drained !== 'one,two,three' || away !== 'back' || lost !== 'TIMEOUT after its timeout') {
    console.log('nats.js behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
