#!/usr/bin/env bash
# proxywrap takes the address of a PROXY UNKNOWN client away, and may add a newline.
#
# Expected: the header "PROXY UNKNOWN" says that the proxy does not know the client's
# address, as in its health checks. The receiver takes the addresses of the conn itself
# (specification of the PROXY protocol, section 2.1), so remoteAddress is the proxy's.
# All other bytes belong to the program, wherever a segment ends.
# Seen, the Node package findhit-proxywrap 0.3.13:
# - After "PROXY UNKNOWN\r\n" remoteAddress is undefined and remotePort NaN. Code that
#   splits the address, or looks it up in a list, throws at the first health check.
# - If a segment ends between CR and LF, the program gets a newline that the client did
#   not send, in front of its data. A line protocol reads an empty first line.
# The header in two other pieces, and header and data together, are right.
# Consequence: with UNKNOWN in the header set overrideRemote to false and look at
# clientAddress first; skip a newline at the start if the protocol allows none.
# Sources: lib/proxywrap.js (the fields are those of header.split, whatever the second
# word is; the data begins two bytes after CR, arrived or not).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund findhit-proxywrap@0.3.13 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const proxied = require('findhit-proxywrap').proxy(net)

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const turn = () => new Promise((go) => setImmediate(go))

// send writes the pieces to a wrapped server and returns what its program sees.
async function send(...pieces) {
  let tell
  let conn
  const seen = new Promise((done) => { tell = done })
  const server = proxied.createServer((socket) => {
    let data = ''
    const { remoteAddress, remotePort } = socket
    socket.on('data', (bytes) => { data += bytes })
    socket.on('end', () => { socket.end(); tell(`${remoteAddress} ${remotePort} ${JSON.stringify(data)}`) })
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  server.on('connection', (c) => { conn = c })
  const client = net.connect(server.address().port, '127.0.0.1')
  let sent = 0
  for (const piece of pieces) {
    client.write(piece)
    sent += piece.length
    while (!conn || conn.bytesRead < sent) await turn()
  }
  client.end()
  const result = await seen
  server.close()
  console.log(`${JSON.stringify(pieces)}: ${result}`)
  return result
}

async function main() {
  const header = 'PROXY TCP4 192.0.2.1 192.0.2.9 1234 80'
  const results = [
    await send(header + '\r\nhello\n'),
    await send('PROXY TC', header.slice(8) + '\r\nhello\n'),
    await send('PROXY UNKNOWN\r\nhello\n'),
    await send(header + '\r', '\nhello\n'),
  ]
  const known = '192.0.2.1 1234 "hello\\n"'
  const stated = [known, known, 'undefined NaN "hello\\n"', '192.0.2.1 1234 "\\nhello\\n"']
  if (results.join() !== stated.join()) {
    console.log('findhit-proxywrap behaves differently from what is stated here')
    process.exit(1)
  }
}
main()
END
node --no-deprecation main.js
