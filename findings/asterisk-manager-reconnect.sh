#!/usr/bin/env bash
# After a reconnect asterisk-manager invents an event from two conns.
#
# Expected: a client of Asterisk's manager interface that has lost its conn forgets the
# message that was cut off, and ends the callbacks of the actions that were sent with an
# error. A new conn begins with nothing.
# Seen, the Node package asterisk-manager 0.2.0:
# - The half message stays, and the first message of the new conn is appended to it. The
#   program gets an event that nobody sent: the name and the channel of the cut event,
#   with the fields of the answer to the new login. A program that counts calls counts
#   one that is made up.
# - The callback of an action whose answer had not arrived is never called, with an
#   error or without one, nor after the new login. Only actions from before the first
#   login wait and are sent.
# keepConnected(), which the package offers for this, connects in the same way.
# Consequence: make a new object for each conn, and end the callbacks in "close".
# Sources: lib/ami.js (leftOver and lines lie in a context that ManagerConnect does not
# reset; ManagerAction registers its callback once and forgets it).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund asterisk-manager@0.2.0 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const AsteriskManager = require('asterisk-manager')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

// answer serves one conn: it accepts each login, and cuts an event at "status".
function answer(c) {
  let text = ''
  c.on('error', () => {})
  c.write('Asterisk Call Manager/5.0.2\r\n')
  c.on('data', (bytes) => {
    text += bytes
    for (let end; (end = text.indexOf('\r\n\r\n')) >= 0; text = text.slice(end + 4)) {
      const action = text.slice(0, end)
      const id = /ActionID: (\S+)/.exec(action)[1]
      if (action.includes('Action: status')) c.end('Event: Newchannel\r\nChannel: SIP/100\r\n')
      else c.write(`Response: Success\r\nActionID: ${id}\r\nMessage: Authentication accepted\r\n\r\n`)
    }
  })
}

async function main() {
  const server = net.createServer(answer)
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const port = server.address().port
  const manager = new AsteriskManager()
  const events = []
  manager.on('managerevent', (event) => events.push(event))
  const login = () => new Promise((done) => manager.connect(port, '127.0.0.1', () => manager.login(done)))

  await login()
  let status = 'not called'
  const closed = new Promise((done) => manager.once('close', done))
  manager.action({ action: 'status' }, () => { status = 'called' })
  await closed
  const before = events.length
  await login()
  await new Promise((done) => manager.action({ action: 'ping' }, done))
  console.log(`events before the reconnect: ${before}; after it: ${JSON.stringify(events.slice(before))}`)
  console.log(`callback of the action in flight: ${status}`)
  const [event = {}] = events
  if (before !== 0 || events.length !== 1 || event.event !== 'Newchannel' || event.channel !== 'SIP/100' ||
      event.message !== 'Authentication accepted' || status !== 'not called') {
    console.log('asterisk-manager behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
