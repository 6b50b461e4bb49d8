#!/usr/bin/env bash
# The Node package websocket reports an orderly close without a code as 1006.
#
# Expected: a close frame may have no status code, as that of close() without
# arguments. The other side then reports 1005, "no status received". 1006 means
# that the conn ended without a close frame (RFC 6455 section 7.4.1).
# Seen, websocket 1.0.35 with the client ws 8.23.0: after a complete closing
# handshake, in which it answers with 1000 itself, the server's "close" event
# says 1006, "Connection dropped by remote peer." A client that really drops its
# conn gives the same event, to the letter. With any code in the frame the event
# has that code.
# So a count of lost conns, or a reconnect upon 1006, takes every client that
# leaves politely for a broken one.
# Consequence: let clients pass a code, as in close(1000).
# Sources: WebSocketConnection.js (-1 stands both for "no code" and for "no close
# frame yet"); the project's issue 313, open since 2018.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund websocket@1.0.35 ws@8.23.0 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const http = require('http')
const { server: Server } = require('websocket')
const WS = require('ws')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

async function main() {
  const web = http.createServer()
  await new Promise((ready) => web.listen(0, '127.0.0.1', ready))
  const server = new Server({ httpServer: web, autoAcceptConnections: true })

  // leave lets one client go, and returns the event of each side.
  const leave = (how) => new Promise((done) => {
    let there, here
    const both = () => { if (there && here) done({ server: there, client: here }) }
    server.once('connect', (conn) => {
      conn.on('close', (code, text) => { there = `${code} ${text}`; both() })
    })
    const c = new WS('ws://127.0.0.1:' + web.address().port)
    c.on('open', () => how(c))
    c.on('close', (code) => { here = code; both() })
  })

  const polite = await leave((c) => c.close())
  const coded = await leave((c) => c.close(1000, 'bye'))
  const dropped = await leave((c) => c.terminate())
  console.log('close():', polite)
  console.log("close(1000, 'bye'):", coded)
  console.log('conn dropped:', dropped)
  if (!polite.server.startsWith('1006') || polite.client !== 1000 || coded.server !== '1000 bye' ||
    dropped.server !== polite.server) {
    console.log('websocket behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
