#!/usr/bin/env bash
# node-tcp-proxy throws away most of a large answer if its client reads slowly.
#
# Expected: a TCP proxy passes on all bytes, however slowly one side reads, and connects to
# its service for each client, so that a service which speaks first is heard.
# Seen, the Node package node-tcp-proxy 0.0.28:
# - A service sends 20 MB and closes. A client that pauses for a second before it reads gets
#   some 4 MB, what the kernel's buffers hold, and then a clean EOF. The rest lay in the
#   proxy's memory: it reads the service as fast as it can, and when that has closed it
#   destroys the client's conn with all that is not sent yet.
#   A client that reads at once gets everything, so tests pass.
# - The proxy connects only when the client has sent something. A client of SMTP, FTP, SSH or
#   MySQL waits for a greeting that nobody sends.
# Consequence: use it only for protocols that have the length of an answer in front, and in
# which the client speaks first; or pipe the two sockets yourself.
# Sources: tcp-proxy.js (the listener of "close" of each socket destroys the other; write()
# is called without looking at its result; createServiceSocket is called for data only).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund node-tcp-proxy@0.0.28 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const { createProxy } = require('node-tcp-proxy')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const size = 20e6

// listen starts a service that calls handler for each conn, and returns its port.
async function listen(handler) {
  const server = net.createServer({ allowHalfOpen: true }, (c) => { c.on('error', () => {}); handler(c) })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  return server.address().port
}

// proxyTo starts a proxy in front of a service, and returns its port.
async function proxyTo(port) {
  const proxy = createProxy(0, '127.0.0.1', port, { hostname: '127.0.0.1' })
  await new Promise((ready) => proxy.server.once('listening', ready))
  return proxy.server.address().port
}

// download asks for the answer, begins to read after a pause, and counts bytes up to EOF.
function download(port, pause) {
  return new Promise((done, failed) => {
    const c = net.connect(port, '127.0.0.1', () => c.write('?'))
    let n = 0
    setTimeout(() => c.on('data', (bytes) => { n += bytes.length }), pause)
    c.on('end', () => done(n))
    c.on('error', failed)
  })
}

// greeting says what a client gets that sends nothing.
function greeting(port) {
  return new Promise((done) => {
    const c = net.connect(port, '127.0.0.1')
    c.once('data', (bytes) => { done(String(bytes)); c.destroy() })
    setTimeout(() => { done('nothing'); c.destroy() }, 2000)
  })
}

async function main() {
  const service = await listen((c) => c.once('data', () => c.end(Buffer.alloc(size))))
  const host = await listen((c) => c.write('220 ready'))
  const seen = {}
  for (const [name, ports] of Object.entries({
    'no proxy': [service, host],
    'node-tcp-proxy': [await proxyTo(service), await proxyTo(host)],
  })) {
    seen[name] = [await download(ports[0], 0), await download(ports[0], 1000), await greeting(ports[1])]
    const [fast, slow, text] = seen[name]
    console.log(`${name}: a fast client gets ${fast} bytes, a slow one ${slow}; greeting: ${text}`)
  }
  const direct = seen['no proxy']
  const [fast, slow, text] = seen['node-tcp-proxy']
  if (direct.join() !== `${size},${size},220 ready` || fast !== size || slow >= size / 2 || text !== 'nothing') {
    console.log('node-tcp-proxy behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
