#!/usr/bin/env bash
# ioredis needs a server that knows INFO; it fails PING on one that does not.
#
# Expected: a client that asks a small server for something optional takes "-ERR
# unknown command" for an answer, as node-redis does, and goes on.
# Seen, ioredis 5.11.1: after it connects it sends CLIENT SETINFO twice, whose
# error it ignores, and INFO, whose error it does not: every command that waits
# fails with the text of the answer to INFO, "ERR unknown command", though the
# server never saw it. Then the client connects again, and so on for ever; "ready"
# never comes. An empty string for INFO is enough.
# node-redis 5.12.1 sends CLIENT SETINFO twice, too, and no INFO.
# Consequence: a server that speaks the protocol of Redis answers INFO, or its
# clients set enableReadyCheck to false.
# Sources: ioredis Redis.js (the ready check forgives only NOPERM), and its wiki,
# page "Disable ready check".
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund ioredis@5.11.1 redis@5.12.1 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const Redis = require('ioredis')
const { createClient } = require('redis')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

// small is a server that knows PING, and INFO if it is told an answer to it. The
// commands here are short, and each comes whole in one segment.
async function small(info) {
  const server = net.createServer((c) => {
    server.conns++
    c.on('error', () => {})
    c.on('data', (d) => {
      for (const command of String(d).split(/(?=\*\d+\r\n)/)) {
        const words = command.split('\r\n').filter((w, i) => i > 0 && i % 2 === 0).join(' ').toLowerCase()
        server.heard.push(words)
        if (words === 'ping') c.write('+PONG\r\n')
        else if (words === 'info' && info !== undefined) c.write(info)
        else c.write('-ERR unknown command\r\n')
      }
    })
  })
  server.heard = []
  server.conns = 0
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  return server
}

const outcome = (promise) => promise.then((a) => `answer ${a}`, (e) => `error "${e.message}"`)

// withIoredis returns the outcome of PING, and whether the client became ready
// before it came back for a third conn.
async function withIoredis(info) {
  const server = await small(info)
  const client = new Redis(server.address().port, '127.0.0.1')
  client.on('error', () => {})
  const settled = new Promise((done) => {
    client.on('ready', () => done('ready'))
    server.on('connection', () => { if (server.conns >= 3) done('never ready') })
  })
  const result = await outcome(client.ping())
  const heard = server.heard.includes('ping')
  const state = await settled
  client.disconnect()
  return `${result}, server ${heard ? 'heard' : 'did not hear'} it, ${state}`
}

async function withNodeRedis() {
  const server = await small()
  const client = createClient({ url: 'redis://127.0.0.1:' + server.address().port })
  client.on('error', () => {})
  await client.connect()
  return `${await outcome(client.ping())}, server heard ${JSON.stringify(server.heard.map((w) => w.split(' ').slice(0, 3).join(' ')))}`
}

async function main() {
  const without = await withIoredis()
  const empty = await withIoredis('$0\r\n\r\n')
  const other = await withNodeRedis()
  console.log('ioredis, no INFO:', without)
  console.log('ioredis, empty INFO:', empty)
  console.log('node-redis, no INFO:', other)
  if (without !== 'error "ERR unknown command", server did not hear it, never ready' ||
    empty !== 'answer PONG, server heard it, ready' || !other.startsWith('answer PONG') || other.includes('info"')) {
    console.log('the clients behave differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
