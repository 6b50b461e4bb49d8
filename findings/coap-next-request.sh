#!/usr/bin/env bash
# A request of the Node package coap throws in the listener of the answer before it.
#
# Expected: a program asks a device for a list, and in the listener of the answer it asks for
# the first element, as with Node's http. If a request cannot be sent, it emits "error".
# Seen, coap 1.5.0 with Node 20: when the answer to the last open request comes, the agent begins to
# close its socket, and calls the listener after that. The next request gets the same socket:
# end() throws ERR_SOCKET_DGRAM_NOT_RUNNING, and a listener of "error" does not get it.
# After await it works, since the socket has been closed by then. It also works while another
# request is open, so a program that asks several devices at a time fails only now and then.
# Consequence: await each answer, or give all requests one agent that is made with a socket of
# your own, which stays open.
# Sources: coap's lib/agent.js (_cleanUp calls _doClose before _handle emits "response"; _sock
# is forgotten when the socket has emitted "close"); Node's documentation of socket.close.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund coap@1.5.0 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'EOF'
const coap = require('coap')
const dgram = require('dgram')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const held = []
const server = coap.createServer((req, res) => {
  if (req.url === '/held') return held.push(res)
  res.end(`answer to ${req.url}`)
})
let port

// ask resolves with the answer, and rejects with what "error" gets.
function ask(path, agent) {
  return new Promise((done, fail) => {
    const req = coap.request({ hostname: '127.0.0.1', port, pathname: path, agent })
    req.on('response', (res) => done(res.payload.toString()))
    req.on('error', (err) => fail(new Error(`"error" event: ${err.code}`)))
    req.end()
  })
}

// afterAwait sends a request and, after it is answered, another one.
async function afterAwait(agent) {
  await ask('/list', agent)
  return ask('/first', agent).catch((err) => err.message)
}

// inListener is the same without await.
function inListener(agent) {
  return new Promise((done) => {
    coap.request({ hostname: '127.0.0.1', port, pathname: '/list', agent }).on('response', () => {
      const next = coap.request({ hostname: '127.0.0.1', port, pathname: '/first', agent })
      next.on('error', (err) => done(`"error" event: ${err.code}`))
      next.on('response', (res) => done(res.payload.toString()))
      try { next.end() } catch (err) { done(`end() throws ${err.code}`) }
    }).end()
  })
}

async function main() {
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  port = server._sock.address().port
  let same = true
  const check = (what, got, want) => {
    console.log(`${what}: ${got}`)
    same = same && got === want
  }
  check('in the listener', await inListener(new coap.Agent()), 'end() throws ERR_SOCKET_DGRAM_NOT_RUNNING')
  check('after await', await afterAwait(new coap.Agent()), 'answer to /first')
  const busy = new coap.Agent()
  ask('/held', busy).catch(() => {})
  check('while another request is open', await inListener(busy), 'answer to /first')
  const socket = dgram.createSocket('udp4')
  await new Promise((ready) => socket.bind(0, '127.0.0.1', ready))
  check('with a socket of its own', await inListener(new coap.Agent({ socket })), 'answer to /first')
  if (!same) {
    console.log('coap behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
EOF
node main.js
