#!/usr/bin/env bash
# A get of memcached or memjs is never called back if the server closes before its answer.
#
# Expected: if the conn ends while a get waits, the callback gets an error, as it does
# after a reset. A cache that restarts then costs one error for each call in flight.
# Seen, the Node packages memcached 2.2.2 and memjs 1.3.2: after the server's FIN nothing
# is called, and the time limits do not help: memjs, 0.5 s unless set, clears its timer
# when the conn closes; that of memcached counts for connecting and for idle conns. A
# request handler that waits for its cache never answers. Later calls make a new conn and
# are right. A memcached that is killed looks just so to its clients.
# After a reset memjs calls back with an error; memcached still calls nothing.
# The retries of memjs, 2 unless set, begin only after an error, so not here.
# Consequence: put a time limit of your own around each call.
# Sources: memcached lib/memcached.js ("close" and "error" remove the conn from the pool
# and leave its metaData, where the callbacks are); memjs lib/memjs/server.js ("close"
# clears the timer and does not call error, as the listener of "error" does).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund memcached@2.2.2 memjs@1.3.2 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const Memcached = require('memcached')
const memjs = require('memjs')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const wait = 3000

// within says how a get ends, or that its callback has not been called.
function within(get) {
  return Promise.race([
    new Promise((done) => get((err, value) => done(err ? 'error' : String(value)))),
    new Promise((late) => setTimeout(() => late('nothing'), wait)),
  ])
}

// answer is the server's answer to a get, in the text or in the binary protocol.
function answer(request) {
  if (request[0] !== 0x80) return Buffer.from('VALUE k 0 1\r\nv\r\nEND\r\n')
  const reply = Buffer.alloc(24 + 4 + 1)
  reply[0] = 0x81
  reply[4] = 4
  reply.writeUInt32BE(5, 8)
  request.copy(reply, 12, 12, 16)
  reply.write('v', 28)
  return reply
}

async function main() {
  let mode
  const server = net.createServer((c) => {
    c.on('error', () => {})
    c.on('data', (request) => {
      if (mode === 'closes') c.end()
      else if (mode === 'resets') c.resetAndDestroy()
      else c.write(answer(request))
    })
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const address = '127.0.0.1:' + server.address().port
  const clients = {
    memcached: new Memcached(address, { timeout: 500, idle: 500, retries: 0 }),
    memjs: memjs.Client.create(address, { timeout: 0.5, logger: { log() {} } })
  }
  const seen = []
  for (const [name, client] of Object.entries(clients)) {
    for (mode of ['answers', 'closes', 'answers', 'resets']) {
      const result = await within((callback) => client.get('k', callback))
      console.log(`${name}, the server ${mode}: the callback gets ${result}`)
      seen.push(result)
    }
  }
  if (seen.join(' ') !== 'v nothing v nothing v nothing v error') {
    console.log('memcached or memjs behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
