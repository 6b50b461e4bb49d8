#!/usr/bin/env bash
# A request of vscode-jsonrpc whose conn is closed is neither answered nor rejected.
#
# Expected: if the other side closes, or resets the conn, while a request waits for its
# answer, the request's promise is rejected. A later request is rejected, too.
# Seen, vscode-jsonrpc 10.0.0: only the later one is. The promise of the request in flight
# stays pending for ever, and with it what awaits it: a progress bar, a lock, a queue that
# sends one request at a time. That an answer has been cut off in the middle is not
# reported either: "onClose" comes as after a complete one, and no "onError".
# The other side's half of this package answers after a half-close, as it should.
# Consequence: call dispose() in onClose: it rejects all that wait.
# Sources: lib/common/connection.js (closeHandler changes the state and fires the event;
# only dispose walks over responsePromises); the project's issue 1621, closed with that
# advice; issue 65, which asked for it at the end of a stream.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund vscode-jsonrpc@10.0.0 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const rpc = require('vscode-jsonrpc/node')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
const ended = (call) => call.then((v) => `answer ${v}`, (e) => `rejected, code ${e.code}`)
const within = (call) => Promise.race([ended(call), sleep(2000).then(() => 'pending')])

// ask sends a request to a server that does what end says, and returns what becomes of
// the request, of a later one, and of the first after dispose.
async function ask(end) {
  const server = net.createServer((c) => {
    c.on('error', () => {})
    c.once('data', () => end(c))
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const socket = net.connect(server.address().port, '127.0.0.1')
  await new Promise((connected) => socket.once('connect', connected))
  const connection = rpc.createMessageConnection(new rpc.StreamMessageReader(socket), new rpc.StreamMessageWriter(socket))
  const events = []
  connection.onError(([error]) => events.push(error.code))
  const closed = new Promise((done) => connection.onClose(done))
  connection.listen()
  const request = connection.sendRequest('question')
  const first = await within(request)
  await closed
  const later = await within((async () => connection.sendRequest('again'))()) // it throws at once
  connection.dispose()
  const disposed = await within(request)
  server.close()
  return { first, later, disposed, errors: [...new Set(events)].join() }
}

async function main() {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 0, result: 42 })
  const answer = `Content-Length: ${body.length}\r\n\r\n${body}`
  const cases = {
    'the server closes': [(c) => c.end(), ''],
    'the answer is cut off': [(c) => c.end(answer.slice(0, -4)), ''],
    'the server resets the conn': [(c) => c.resetAndDestroy(), 'ECONNRESET'],
  }
  let same = true
  for (const [what, [end, errors]] of Object.entries(cases)) {
    const got = await ask(end)
    console.log(`${what}: ${got.first}; a later request: ${got.later}; after dispose(): ${got.disposed}; onError: ${got.errors || 'nothing'}`)
    same = same && got.first === 'pending' && /^rejected/.test(got.later) && /^rejected/.test(got.disposed) && got.errors === errors
  }
  const whole = await ask((c) => c.end(answer))
  console.log(`the answer is complete: ${whole.first}`)
  if (!same || whole.first !== 'answer 42') {
    console.log('vscode-jsonrpc behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
