#!/usr/bin/env bash
# http-proxy keeps a request to the backend open after the client has left.
#
# Expected: a client leaves an event stream or a long poll, and the proxy closes its
# request to the backend, as httputil.ReverseProxy of Go does. The source of the
# package says that it does, too: "Ensure we abort proxy if request is aborted".
# Seen, http-proxy 1.18.1 with Node 20: it aborts only if the client leaves while it
# is still sending its request. A GET is complete at once, so the backend never
# learns that its client has gone. A long poll waits for its event, and a stream that
# writes more than the buffers hold blocks for ever. Each client that leaves costs a
# conn of the proxy and one of the backend.
# Node before 15.5 emitted "aborted" for a complete request, too, so a test from then
# passed.
# Consequence: in each handler, keep the proxy request of the event "proxyReq", and
# destroy it when the response to the client emits "close" before it has finished.
# Sources: web-incoming.js (it listens for "aborted" of the incoming request only);
# the project's open pull requests 1559 and 1580; nodejs/node issue 46666.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund http-proxy@1.18.1 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const http = require('http')
const { createProxyServer } = require('http-proxy')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const listen = (server) => new Promise((ready) => {
  server.listen(0, '127.0.0.1', () => ready(server.address().port))
})

// backend streams events, waits for one that never comes, or waits for an upload. It
// calls started when the request has arrived, and left when its conn is closed.
const told = {}
const backend = http.createServer((req, res) => {
  res.on('close', () => told.left())
  if (req.url === '/stream') res.write('data: 1\n\n')
  if (req.url === '/upload') req.on('data', () => told.started())
  else told.started()
})

// leave has a client leave once the backend has its request, and returns whether the
// backend learns that within wait milliseconds.
function leave(port, path, wait) {
  return new Promise((done) => {
    const req = http.request({ host: '127.0.0.1', port, path, method: path === '/upload' ? 'POST' : 'GET' })
    req.on('error', () => {})
    req.on('response', (res) => { res.on('error', () => {}); res.once('data', () => req.destroy()) })
    told.started = () => { if (path !== '/stream') req.destroy() }
    told.left = () => done(true)
    req.on('close', () => setTimeout(() => done(false), wait))
    if (path === '/upload') req.write('the first half')
    else req.end()
  })
}

async function main() {
  const target = { host: '127.0.0.1', port: await listen(backend) }
  const plain = createProxyServer({ target })
  const careful = createProxyServer({ target })
  careful.on('proxyReq', (out, req, res) => {
    res.on('close', () => { if (!res.writableFinished) out.destroy() })
  })
  for (const proxy of [plain, careful]) proxy.on('error', () => {})
  const ports = {
    'no proxy': target.port,
    'http-proxy': await listen(http.createServer((req, res) => plain.web(req, res))),
    'http-proxy with the cure': await listen(http.createServer((req, res) => careful.web(req, res)))
  }
  let same = true
  for (const [name, port] of Object.entries(ports)) {
    for (const path of ['/stream', '/poll', '/upload']) {
      const stays = name === 'http-proxy' && path !== '/upload'
      const learns = await leave(port, path, stays ? 2000 : 20000)
      console.log(`${name}, client leaves ${path}: the backend ${learns ? 'learns it' : 'does not learn it'}`)
      if (learns === stays) same = false
    }
  }
  if (!same) console.log('http-proxy behaves differently from what is stated here')
  process.exit(same ? 0 : 1)
}
main()
END
node main.js
