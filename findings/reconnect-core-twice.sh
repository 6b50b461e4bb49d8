#!/usr/bin/env bash
# After disconnect() and connect() reconnect-core makes two conns for each one that is lost.
#
# Expected: a client that connects again by itself has one conn. disconnect() ends it,
# connect() begins again, and then a lost conn is replaced by one new conn.
# Seen, the Node package reconnect-core 1.3.0, on which reconnect-net and others are built:
# each call of connect() adds one more attempt. After the second, a lost conn is replaced by
# two, and the handler is called for both; after the third by three. A server that counts
# clients counts too many, and what it sends to each client arrives twice. disconnect() ends
# only the conn that was made last; the others stay open and keep the process alive.
# One connect() for the life of the process, as in the README, works.
# Consequence: make a new object in place of a second connect().
# Sources: reconnect-core index.js (connect adds a listener of "ready" to the backoff each
# time; an attempt is stopped only by a conn that is up already, not by one on its way;
# _connection holds the last one).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund reconnect-core@1.3.0 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const reconnect = require('reconnect-core')((port) => net.connect(port, '127.0.0.1'))

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

async function main() {
  const open = new Set()
  let conns = 0
  const server = net.createServer((c) => {
    conns++
    open.add(c)
    c.on('error', () => {})
    c.on('close', () => open.delete(c))
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address()
  const until = async (n) => { while (open.size !== n) await sleep(10) }

  let handled = 0
  const client = reconnect({ initialDelay: 100, maxDelay: 200 }, (c) => {
    handled++
    c.on('error', () => {})
  })
  client.on('error', () => {})

  const replaced = []
  for (const time of ['first', 'second', 'third']) {
    client.connect(port)
    await until(1)
    const before = [conns, handled]
    for (const c of open) c.destroy()
    await sleep(1500)
    replaced.push(conns - before[0])
    console.log(`after the ${time} connect(), a lost conn is replaced by ${conns - before[0]}, ` +
      `and the handler is called ${handled - before[1]} times`)
    if (time === 'third') break
    client.disconnect()
    for (const c of open) c.end()
    await until(0)
  }
  client.disconnect()
  await sleep(1000)
  console.log(`after disconnect() ${open.size} conns are open`)

  if (replaced.join() !== '1,2,3' || open.size !== 2) {
    console.log('reconnect-core behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
