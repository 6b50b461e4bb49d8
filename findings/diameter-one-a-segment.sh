#!/usr/bin/env bash
# The Node package diameter handles one message of a segment, and the rest too late.
#
# Expected: each Diameter message carries its length (RFC 6733 section 3), so both sides
# take all messages out of what has arrived, however many came in one segment.
# Seen, diameter 0.7.0: the listener of "data" takes one message and leaves the rest for
# the next event. Of three requests sent at once the server handles the first; the other
# two wait for bytes that come for another reason, and their senders get "Request timed
# out". From then on the conn is behind: the next request is queued, and what is handled
# in its place is the second of the three. So one moment of load makes every later
# request of the conn time out, though each message is right, and each answer arrives.
# A client that sends one request at a time never sees this.
# The repository has the repair since 2017; no version with it has been published.
# Consequence: connect again after a timeout, or feed the connection one message at a
# time from a splitter of your own.
# Sources: lib/diameter-connection.js (an "if" where a "while" is needed); pull request
# 60 of node-diameter, merged in November 2017.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund diameter@0.7.0 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const diameter = require('diameter')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

// request makes a complete Capabilities-Exchange-Request with its own number inside.
function request(conn, number) {
  const r = conn.createRequest('Diameter Common Messages', 'Capabilities-Exchange')
  r.body = r.body.concat([['Origin-Host', 'client.example'], ['Origin-Realm', 'example'],
    ['Vendor-Id', 0], ['Origin-State-Id', number], ['Product-Name', 'finding']])
  return r
}

async function main() {
  const handled = []
  const server = diameter.createServer({}, (socket) => {
    socket.on('diameterMessage', (event) => {
      handled.push(event.message.body.find(([name]) => name === 'Origin-State-Id')[1])
      event.response.body = event.response.body.concat([['Result-Code', 'DIAMETER_SUCCESS']])
      event.callback(event.response)
    })
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const socket = diameter.createConnection({ host: '127.0.0.1', port: server.address().port }, () => {})
  await new Promise((ready) => socket.on('connect', ready))
  const conn = socket.diameterConnection
  const send = (n) => conn.sendRequest(request(conn, n), 2000).then(() => 'answered', () => 'timed out')

  const alone = await send(1)
  socket.cork()
  const calls = [2, 3, 4].map(send)
  socket.uncork()
  const together = await Promise.all(calls)
  console.log(`request 1 alone: ${alone}; 2, 3 and 4 in one segment: ${together.join(', ')}`)
  console.log(`handled so far: ${handled.join(', ')}`)
  const before = handled.length
  const next = await send(5)
  console.log(`request 5 alone: ${next}; it made the server handle ${handled.slice(before).join(', ')}`)
  socket.destroy()
  server.close()
  if (alone !== 'answered' || together.join() !== 'answered,timed out,timed out' ||
      next !== 'timed out' || handled.join() !== '1,2,3') {
    console.log('diameter behaves differently from what is stated here')
    process.exit(1)
  }
}
main()
END
node --no-deprecation main.js
