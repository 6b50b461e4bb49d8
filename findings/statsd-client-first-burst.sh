#!/usr/bin/env bash
# The Node package statsd-client counts twice, and loses, what it is given while it connects.
#
# Expected: over TCP each counter is sent once: it waits in a buffer until that is
# flushed, after a second or when it is full, and a flush that has to connect first
# sends the buffer when the conn is up.
# Seen, statsd-client 0.4.7 with the option tcp: of 100 counters that a program counts
# as it starts, 25 never arrive and 38 arrive twice. 20 counters, less than one buffer
# (1200 bytes), arrive once each.
# The first flush begins to connect, and keeps the buffer until then. The next one finds
# the socket there, writes the same buffer at once and empties it. When the conn is up,
# the first flush writes its copy, and empties the buffer that has been filled since.
# The conn is closed after ten idle seconds and after errors, so this is not only a
# matter of the start: every burst after a pause is counted wrong. No error tells so.
# Consequence: wait for a first counter to arrive before the burst, set maxBufferSize
# larger than any burst, or use UDP, which this package flushes rightly.
# Sources: lib/TCPSocket.js (_flushBuffer empties the buffer in a callback, and
# _createSocket calls back at once if a socket exists, connected or not).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund statsd-client@0.4.7 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const StatsdClient = require('statsd-client')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

// burst counts n different names once each, and returns how often each one arrived.
async function burst(n) {
  let text = ''
  let ended
  const end = new Promise((done) => { ended = done })
  const server = net.createServer((c) => {
    c.on('data', (bytes) => { text += bytes })
    c.on('end', ended)
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const client = new StatsdClient({ tcp: true, host: '127.0.0.1', port: server.address().port })
  for (let i = 0; i < n; i++) client.increment('requests.served.by.handler.' + i)
  setTimeout(() => client.close(), 3000) // three intervals, so nothing waits any more
  await end
  server.close()
  const times = Array(n).fill(0)
  for (const [, i] of text.matchAll(/handler\.(\d+):1\|c\n/g)) times[i]++
  const count = (k) => times.filter((t) => t === k).length
  console.log(`${n} counters: ${count(0)} never arrive, ${count(1)} once, ${count(2)} twice`)
  return [count(0), count(1), count(2)].join()
}

async function main() {
  const few = await burst(20)
  const many = await burst(100)
  if (few !== '0,20,0' || many !== '25,37,38') {
    console.log('statsd-client behaves differently from what is stated here')
    process.exit(1)
  }
}
main()
END
node --no-deprecation main.js
