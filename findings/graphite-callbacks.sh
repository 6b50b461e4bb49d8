#!/usr/bin/env bash
# graphite calls some callbacks of failed writes twice.
#
# Expected: each write() has a callback, which is called once: with an error if the server
# cannot be reached. A program repeats a failed write in it, or counts what is pending.
# Seen, the Node package graphite 0.1.5: of four writes to a port that refuses, the first
# and the third are called back twice, with different errors; the second and the fourth
# once. A program that repeats its failed writes sends two copies of every other metric
# when the server is back, and a count of pending writes goes below zero.
# With one write at a time the one callback comes twice, too; if the server is there, each
# callback comes once.
# Consequence: wrap the callback so that it counts only once.
# Sources: lib/LazySocket.js (onerror walks over a list while each callback removes itself
# from it, so every other one is left out; the socket's own write then calls all of them).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund graphite@0.1.5 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const graphite = require('graphite')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

// calls writes n metrics to a port and returns how often each callback was called.
async function calls(port, n) {
  const client = graphite.createClient(`plaintext://127.0.0.1:${port}/`)
  const counts = Array(n).fill(0)
  const errors = new Set()
  for (let i = 0; i < n; i++) {
    client.write({ metric: i }, (err) => {
      counts[i]++
      if (err) errors.add(err.code)
    })
  }
  while (counts.includes(0)) await sleep(10)
  await sleep(300)
  client.end()
  return `${counts.join()}${errors.size ? ' ' + [...errors].join() : ''}`
}

async function main() {
  const server = net.createServer((c) => { c.on('error', () => {}); c.resume() })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const port = server.address().port
  const served = await calls(port, 4)
  await new Promise((closed) => server.close(closed))
  const four = await calls(port, 4)
  const one = await calls(port, 1)
  console.log(`calls of the callbacks of 4 writes, server up: ${served}; port refuses: ${four}`)
  console.log(`calls of the callback of 1 write, port refuses: ${one}`)
  if (served !== '1,1,1,1' || !four.startsWith('2,1,2,1 ECONNREFUSED') || !one.startsWith('2 ECONNREFUSED')) {
    console.log('graphite behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node --no-deprecation main.js
