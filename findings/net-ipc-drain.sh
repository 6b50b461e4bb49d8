#!/usr/bin/env bash
# After a burst, send() and close() of net-ipc do not return.
#
# Expected: await send() returns when the socket has taken the message; with a full buffer
# that is later, at "drain". close() waits for what is still to be sent, and returns then.
# Clients in one process have nothing to do with each other.
# Seen, the Node package net-ipc 2.2.2: of 20 messages of 200 kB that are sent at once all
# arrive, but only some of the 20 calls return. The others wait for ever, even
# if the conn is closed later. close() waits for them, so it neither returns nor closes.
# The list of waiting calls belongs to the process, not to the conn: close() of a second
# client that has sent nothing waits as well.
# Messages that fit the socket's buffer do not wait, so tests with small ones pass.
# Consequence: await each send() before the next one, or do not await at all, and end with
# destroy() once the other side has confirmed the last message.
# Sources: src/interfaces.js (_drain shifts elements off the list while it counts up to
# the length of the list, so it stops half-way; _drainQueue is one array on the prototype;
# close awaits all of it).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund net-ipc@2.2.2 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const path = require('path')
const { Server, Client } = require('net-ipc')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

// within says whether a call returns within two seconds.
const within = (call) => Promise.race([
  call.then(() => 'returns', (e) => 'fails: ' + e),
  sleep(2000).then(() => 'has not returned after 2 s'),
])

async function main() {
  const socket = path.join(process.cwd(), 'ipc.sock')
  const server = new Server({ path: socket })
  let arrived = 0
  server.on('message', () => arrived++)
  await server.start()

  const quiet = new Client({ path: socket })
  const small = new Client({ path: socket })
  const busy = new Client({ path: socket })
  for (const client of [quiet, small, busy]) await client.connect()
  const before = await within(small.close())
  console.log(`close of a client, before the burst: ${before}`)

  let returned = 0
  for (let i = 0; i < 20; i++) busy.send('x'.repeat(200000)).then(() => returned++)
  while (arrived < 20) await sleep(10)
  await sleep(1000)
  console.log(`a burst of 20 messages: ${arrived} arrive, ${returned} calls of send return`)
  const closed = await within(busy.close())
  console.log(`close of that client: ${closed}`)
  const other = await within(quiet.close())
  console.log(`close of another client that has sent nothing: ${other}`)

  const never = 'has not returned after 2 s'
  if (before !== 'returns' || returned === 20 || closed !== never || other !== never) {
    console.log('net-ipc behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
