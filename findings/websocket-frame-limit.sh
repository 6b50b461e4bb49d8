#!/usr/bin/env bash
# The Node package websocket refuses a 70 kB message if it comes in one frame.
#
# Expected: the limit of a message is maxReceivedMessageSize, 1 MiB unless set.
# How a sender divides a message into frames is its own affair (RFC 6455 section
# 5.4: unless an extension says otherwise, fragmentation has no meaning).
# Seen, websocket 1.0.35 as a server: one more limit, maxReceivedFrameSize, is
# 64 KiB. The client ws 8.23.0 sends each message in one frame: one byte over
# 64 KiB, and the server closes with 1009. The package's own client cuts what it
# sends into frames of 16 KiB, so a test with it passes at any size up to 1 MiB.
# Consequence: set maxReceivedFrameSize to maxReceivedMessageSize, and test a
# server with a client from another package.
# Sources: WebSocketServer.js and WebSocketClient.js (the default configuration
# of each); WebSocketConnection.js (fragmentOutgoingMessages).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund websocket@1.0.35 ws@8.23.0 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const http = require('http')
const { server: Server, client: Client } = require('websocket')
const WS = require('ws')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

// fromWS and fromOwn send n bytes, and return the server's answer or close code.
const fromWS = (url, n) => new Promise((done) => {
  const c = new WS(url)
  c.on('open', () => c.send('x'.repeat(n)))
  c.on('message', (m) => { done(String(m)); c.close() })
  c.on('close', (code) => done('closed with ' + code))
})

const fromOwn = (url, n) => new Promise((done) => {
  const c = new Client()
  c.on('connect', (conn) => {
    conn.on('message', (m) => { done(m.utf8Data); conn.close() })
    conn.on('close', (code) => done('closed with ' + code))
    conn.sendUTF('x'.repeat(n))
  })
  c.connect(url)
})

async function main() {
  const web = http.createServer()
  await new Promise((ready) => web.listen(0, '127.0.0.1', ready))
  const url = 'ws://127.0.0.1:' + web.address().port
  const server = new Server({ httpServer: web, autoAcceptConnections: true })
  server.on('connect', (conn) => {
    conn.on('message', (m) => conn.sendUTF('got ' + m.utf8Data.length))
  })
  const seen = [
    ['ws, 65536 bytes', await fromWS(url, 65536), 'got 65536'],
    ['ws, 65537 bytes', await fromWS(url, 65537), 'closed with 1009'],
    ['own client, 65537 bytes', await fromOwn(url, 65537), 'got 65537'],
    ['own client, 1000000 bytes', await fromOwn(url, 1000000), 'got 1000000']
  ]
  for (const [name, got] of seen) console.log(`${name}: ${got}`)
  if (!seen.every(([, got, want]) => got === want)) {
    console.log('websocket behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
