#!/usr/bin/env bash
# An HTTP server of Node does not answer a client that has half-closed.
#
# Expected: a client sends its request, half-closes, as nc -N does at the end of
# its input, and reads the response up to EOF. Node's http.Server creates its
# conns with allowHalfOpen, and net/http of Go answers such a client.
# Seen, Node 20: the end of the client's stream ends the server's side, too. A
# response that the handler writes before that is sent; one that takes a moment (a
# timer, a file, a database) is not, and the client reads a clean EOF without one
# byte. end() of the response does not throw. A short handler answers in time, so
# this looks like a flaky server.
# The frameworks on top inherit it: seen with fastify 5.6.1, too.
# Consequence: a client that must work with any server keeps its side open until
# it has the response. A Node server can set server.httpAllowHalfOpen = true, which
# is not documented.
# Sources: Node's lib/_http_server.js (socketOnEnd asks for httpAllowHalfOpen), and
# its pull request 36819, which wanted to remove the property as unused.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund fastify@5.6.1 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const http = require('http')
const net = require('net')
const Fastify = require('fastify')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const pause = (ms) => new Promise((done) => setTimeout(done, ms))

// ask sends a request, half-closes or not, and returns the end of the response.
const ask = (server, half) => new Promise((done) => {
  const c = net.connect({ port: server.address().port, host: '127.0.0.1', allowHalfOpen: true })
  let text = ''
  c.on('data', (d) => { text += d })
  c.on('error', (e) => { text += e.code })
  c.on('end', () => c.end())
  c.on('close', () => { server.close(); done(text.split('\r\n\r\n').pop()) })
  const request = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
  if (half) c.end(request)
  else c.write(request)
})

// serve returns a server that answers at once, or after a moment.
async function serve(moment = 500) {
  const server = http.createServer(async (req, res) => {
    if (moment) await pause(moment)
    res.end('hello')
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  return server
}

async function fastify() {
  const app = Fastify()
  app.get('/', async () => { await pause(500); return 'hello' })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.server
}

async function main() {
  console.log('Node', process.version)
  const allowed = await serve()
  allowed.httpAllowHalfOpen = true
  const seen = [
    ['client keeps its side open', await ask(await serve(), false), 'hello'],
    ['client half-closes, answer at once', await ask(await serve(0), true), 'hello'],
    ['client half-closes', await ask(await serve(), true), ''],
    ['client half-closes, fastify', await ask(await fastify(), true), ''],
    ['client half-closes, httpAllowHalfOpen', await ask(allowed, true), 'hello']
  ]
  for (const [name, got] of seen) console.log(`${name}: ${JSON.stringify(got)}`)
  if (!seen.every(([, got, want]) => got === want)) {
    console.log('this Node behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
