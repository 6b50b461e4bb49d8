#!/usr/bin/env bash
# The Node package jackd takes the reply after a job for a part of the job.
#
# Expected: a client of beanstalkd may send several commands without waiting for the
# replies, and the length in "FOUND 1 3" or "RESERVED 1 3" says where the job ends. If
# the conn ends, the calls that wait are rejected.
# Seen, jackd 2.2.2:
# - A job ends where the segment ends. Two peeks at once: the first job is "one" plus
#   the second reply, header and all, and the second call never returns. If the replies
#   come one by one, both are right. A test on loopback with a slow server passes.
# - If the server closes, a call that waits is neither resolved nor rejected. A worker
#   that awaits reserve() sleeps for ever, and no "error" says so.
# - pauseTube sends its command without the line's end. It waits for a reply, and the
#   next command becomes a part of the line.
# Short replies, those of put and delete, are kept apart.
# Consequence: one command at a time on each conn, and watch the "close" event of
# client.socket yourself.
# Sources: dist/index.js (processChunk cuts two bytes before the end of what it has,
# not at the length; only "data", "ready" and "close" have listeners); the protocol of
# beanstalkd, doc/protocol.txt.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund jackd@2.2.2 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const Jackd = require('jackd')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

// serve makes a server that calls answer for every segment, and a client of it.
async function serve(answer) {
  const server = net.createServer((c) => {
    c.on('error', () => {})
    c.on('data', (bytes) => answer(c, String(bytes)))
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const client = new Jackd()
  await client.connect({ host: '127.0.0.1', port: server.address().port })
  const stop = () => { client.socket.destroy(); server.close() }
  return { client, stop }
}

// within says how a call ends, or that it has not ended after a second.
const within = (call) => Promise.race([
  call.then((v) => (v && v.payload ? String(v.payload) : String(v)), (e) => 'rejected: ' + e.message),
  new Promise((late) => setTimeout(() => late('nothing after 1 s'), 1000)),
])

// twoPeeks runs two peeks at once. The replies come together, or the second one comes
// only when the first has been returned.
async function twoPeeks(together) {
  const replies = ['FOUND 1 3\r\none\r\n', 'FOUND 2 3\r\ntwo\r\n']
  let asked = ''
  let conn
  const { client, stop } = await serve((c, text) => {
    asked += text
    conn = c
    if (asked === 'peek 1\r\npeek 2\r\n') c.write(together ? replies.join('') : replies[0])
  })
  const calls = [client.peek(1), client.peek(2)]
  const first = await within(calls[0])
  if (!together) conn.write(replies[1])
  const results = [first, await within(calls[1])]
  stop()
  return results
}

async function main() {
  const apart = await twoPeeks(false)
  console.log(`two peeks, one reply after the other: ${JSON.stringify(apart)}`)
  const together = await twoPeeks(true)
  console.log(`two peeks, replies in one segment: ${JSON.stringify(together)}`)

  const closing = await serve((c) => c.end())
  const waiting = await within(closing.client.reserve())
  console.log(`reserve, and the server closes: ${waiting}`)
  closing.stop()

  let line = ''
  const pausing = await serve((c, text) => { line += text })
  const paused = await within(pausing.client.pauseTube('mail', { delay: 5 }))
  await within(pausing.client.use('mail'))
  console.log(`pauseTube: ${paused}; with use the server has read ${JSON.stringify(line)}`)
  pausing.stop()

  if (apart.join() !== 'one,two' || together[0] !== 'one\r\nFOUND 2 3\r\ntwo' ||
      together[1] !== 'nothing after 1 s' || waiting !== 'nothing after 1 s' ||
      line !== 'pause-tube mail 5use mail\r\n') {
    console.log('jackd behaves differently from what is stated here')
    process.exit(1)
  }
}
main()
END
node main.js
