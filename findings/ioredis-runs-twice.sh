#!/usr/bin/env bash
# ioredis runs a command again if the conn ends before its answer.
#
# Expected: a client cannot know whether a server ran the command whose answer is
# missing. So the call fails, and the program decides. A limit of retries (20 for
# ioredis) is about commands that were not sent.
# Seen, ioredis 5.11.1: with its defaults the client connects again, sends the
# command again, and reports success. INCR counts twice, and nothing tells so: no
# error event, and the caller gets 2. node-redis 5.12.1 fails the call.
# In both packages a command that waits for the first conn is only queued.
# Consequence: with ioredis set maxRetriesPerRequest to 0: the call fails then.
# A server that is stopped after it has run a command, but before it answers, has
# the command run twice.
# Source: the README of ioredis on auto-reconnect, which thinks of blocking
# commands such as BLPOP here.
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

// counter is a server that knows INCR, and closes instead of answering the first.
// It answers what the clients ask at the start with an empty string. The commands
// here are small, and each comes whole in one segment.
async function counter() {
  const server = net.createServer((c) => {
    c.on('error', () => {})
    c.on('data', (d) => {
      for (const command of String(d).split(/(?=\*\d+\r\n)/)) {
        if (!/incr/i.test(command)) c.write('$0\r\n\r\n')
        else if (++server.count === 1) c.destroy()
        else c.write(`:${server.count}\r\n`)
      }
    })
  })
  server.count = 0
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  return server
}

async function withIoredis(options) {
  const server = await counter()
  const client = new Redis(server.address().port, '127.0.0.1', options)
  let errors = 0
  client.on('error', () => errors++)
  const result = await client.incr('k').then((n) => `answer ${n}`, (e) => `error "${e.message}"`)
  client.disconnect()
  return `${result}, ran ${server.count} times, ${errors} error events`
}

async function withNodeRedis() {
  const server = await counter()
  const client = createClient({ url: 'redis://127.0.0.1:' + server.address().port })
  client.on('error', () => {})
  await client.connect()
  const result = await client.incr('k').then((n) => `answer ${n}`, (e) => `error "${e.message}"`)
  return `${result}, ran ${server.count} times`
}

async function main() {
  const again = await withIoredis({})
  const off = await withIoredis({ maxRetriesPerRequest: 0 })
  const other = await withNodeRedis()
  console.log('ioredis:', again)
  console.log('ioredis, maxRetriesPerRequest 0:', off)
  console.log('node-redis:', other)
  if (again !== 'answer 2, ran 2 times, 0 error events' || !/^error .* ran 1 times/.test(off) ||
    !/^error .* ran 1 times/.test(other)) {
    console.log('the clients behave differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
