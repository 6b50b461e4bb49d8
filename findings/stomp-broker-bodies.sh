#!/usr/bin/env bash
# stomp-broker-js writes commas for blank lines, cuts texts that are not ASCII, and sends to subscriptions below.
#
# Expected: a broker passes a body on as it is. content-length counts octets, and each MESSAGE has a message-id. A
# SEND with the header receipt is answered (STOMP 1.1). A client that subscribes to a destination gets what is
# sent there, also by itself, and nothing else.
# Seen, the Node package stomp-broker-js 1.3.0 with clients of @stomp/stompjs 7.2.1 over WebSocket:
# - "line 1", a blank line and "line 2" arrive as "line 1,line 2": each blank line is a comma, without an error.
# - content-length counts characters. Of "héllo" the client reads "héll". Of JSON with umlauts the end is missing, so
#   JSON.parse throws, though the sender's text was right.
# - A body with a NUL ends there; binary bodies are decoded as UTF-8.
# - Who subscribes to /topic/room.1 gets what is sent to /topic/room, too.
# - A client does not get its own messages, and no receipt for a SEND that asks for one. No MESSAGE has a
#   message-id.
# One block of ASCII from another client, as in the README's example, is right.
# Consequence: send JSON in one line with \u escapes, in base64 if it is binary, and give destinations names of the
# same number of parts.
# Sources: lib/stomp-utils.js (parseFrame: split('\n\n'), body.toString(); trimNull) and stompServer.js (onSend:
# frame.body.length, and headers that nobody uses; withMiddleware drops the callback that sends the receipt;
# _sendToSubscriptions; _checkSubMatchDest looks at the parts of the destination only).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund stomp-broker-js@1.3.0 @stomp/stompjs@7.2.1 ws@8.18.3 >npm.log 2>&1 ||
  { cat npm.log; exit 1; }
cat >main.js <<'END'
const http = require('http')
const { once } = require('events')
global.WebSocket = require('ws')
const StompServer = require('stomp-broker-js')
const { Client } = require('@stomp/stompjs')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

async function main() {
  const server = http.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  new StompServer({ server, path: '/ws' })

  const connect = () => new Promise((done, fail) => {
    const client = new Client({ brokerURL: `ws://127.0.0.1:${server.address().port}/ws`, reconnectDelay: 0, heartbeatIncoming: 0, heartbeatOutgoing: 0 })
    client.onConnect = () => done(client)
    client.onStompError = (frame) => fail(new Error(frame.headers.message))
    client.activate()
  })
  const monitor = await connect()
  let settled
  monitor.subscribe('/topic/settled', () => settled())
  // settle returns when the broker has handled all that the client has sent.
  async function settle(client) {
    const done = new Promise((resolve) => { settled = resolve })
    client.publish({ destination: '/topic/settled', body: 'x' })
    await done
  }
  // subscribe returns a function that waits until the client has got all that the broker has sent it.
  async function subscribe(client, destination, listener) {
    let flushed
    client.subscribe(destination, listener)
    client.subscribe('/topic/flush', () => flushed())
    await settle(client)
    return async () => {
      const done = new Promise((resolve) => { flushed = resolve })
      monitor.publish({ destination: '/topic/flush', body: 'x' })
      await done
    }
  }
  // pass returns the message that a new subscriber of one destination gets of what is sent to another one.
  async function pass(message, destination = '/topic/a', subscription = destination) {
    const [sender, receiver] = [await connect(), await connect()]
    let got
    const first = new Promise((done) => { got = done })
    const flush = await subscribe(receiver, subscription, got)
    sender.publish({ destination, ...message })
    await settle(sender)
    const frame = await Promise.race([first, flush()])
    await Promise.all([sender.deactivate(), receiver.deactivate()])
    return frame
  }
  const body = async (...args) => JSON.stringify((await pass(...args))?.body)

  check('a text', await body({ body: 'hello' }), '"hello"')
  check('two lines', await body({ body: 'line 1\nline 2' }), '"line 1\\nline 2"')
  check('a blank line', await body({ body: 'line 1\n\nline 2' }), '"line 1,line 2"')
  check('two blank lines', await body({ body: 'a\n\nb\n\n' }), '"a,b,"')
  check('an accent', await body({ body: 'héllo' }), '"héll"')
  check('JSON with an umlaut', await body({ body: '{"city":"Köln"}' }), JSON.stringify('{"city":"Köln"'))
  check('a NUL', await body({ body: 'a\0b' }), '"a"')
  const binary = await pass({ binaryBody: new Uint8Array([0xff, 0x41, 0x42]) })
  check('FF 41 42', Buffer.from(binary.binaryBody).toString('hex'), 'efbfbd')
  check('sent to /topic/room, subscribed to /topic/room.1', await body({ body: 'x' }, '/topic/room', '/topic/room.1'), '"x"')
  check('sent to /topic/room.1, subscribed to /topic/room', await body({ body: 'x' }, '/topic/room.1', '/topic/room'), undefined)
  const { headers } = await pass({ body: 'x' })
  check('message-id', headers['message-id'], undefined)

  const own = await connect()
  let [mine, receipts] = [0, 0]
  const flush = await subscribe(own, '/topic/own', () => { mine += 1 })
  own.watchForReceipt('r1', () => { receipts += 1 })
  own.publish({ destination: '/topic/own', body: 'x', headers: { receipt: 'r1' } })
  await settle(own)
  await flush()
  check('own messages', mine, 0)
  check('receipts', receipts, 0)

  if (!same) {
    console.log('the package behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main().catch((err) => { console.log(err); process.exit(1) })
END
node --no-deprecation main.js
