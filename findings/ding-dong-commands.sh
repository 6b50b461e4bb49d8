#!/usr/bin/env bash
# ding-dong cuts the URL of each call, and loses a command that is sent beside another.
#
# Expected: an AGI server gets "agi_request: agi://host:4573/menu" from Asterisk, and finds
# the script to run in it. Each command has its answer: 200, or 510, or 520, which is of
# several lines. If the call ends, commands that wait are rejected.
# Seen, the Node package ding-dong 0.1.7:
# - A variable ends at its second colon. agi_request is always just "agi", and a caller id
#   or a script argument with a colon is cut as well.
# - Of two commands that are sent without waiting in between, the promise of the first is never
#   settled, and the second gets the first one's answer. So Promise.all never returns.
# - The answer 520, to a command with wrong arguments, emits "hangup" for each of its lines,
#   though the call goes on, and the command's promise is not settled.
# - If the call ends, the promise of the command in flight is not settled either.
# A server that takes one script, and awaits each command, meets only the last.
# Consequence: take the script from agi_network_script, await each command, and race it
# with the events "hangup" and "close".
# Sources: lib/context.js (readVariables takes the second part of split(":"); send keeps one
# pending callback; a line that is no "NNN result=" is a hangup); Asterisk's documentation
# of AGI, status codes.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund ding-dong@0.1.7 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const dingDong = require('ding-dong')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

// within says how a command ends, or that it has not ended after a second.
const within = (command) => Promise.race([
  command.then(({ result, value }) => `result ${result} ${value || ''}`.trim(), (e) => 'rejected: ' + e),
  sleep(1000).then(() => 'nothing'),
])

async function main() {
  let call
  const answered = new Promise((done) => {
    const server = dingDong((context) => { call = context; done(server) }).start(0, '127.0.0.1')
    server.on('listening', () => connect(server.address().port))
  })
  let asterisk
  let commands = ''
  function connect(port) {
    asterisk = net.connect(port, '127.0.0.1')
    asterisk.on('data', (bytes) => { commands += bytes })
  }
  await answered
  const events = []
  call.on('hangup', () => events.push('hangup'))
  call.on('close', () => events.push('close'))
  call.on('error', () => {})
  const variables = new Promise((done) => call.on('variables', done))
  asterisk.write('agi_network: yes\nagi_network_script: menu\nagi_request: agi://127.0.0.1:4573/menu\n\n')
  const { agi_request: request, agi_network_script: script } = await variables
  console.log(`agi_request: ${request}, agi_network_script: ${script}`)

  // sent waits until Asterisk has n commands.
  const sent = async (n) => { while (commands.split('\n').length <= n) await sleep(10) }

  const two = [within(call.answer()), within(call.getVariable('LANGUAGE'))]
  await sent(2)
  asterisk.write('200 result=0\n200 result=1 (en)\n')
  const [first, second] = await Promise.all(two)
  console.log(`two commands at once: the first gets ${first}, the second ${second}`)

  const alone = within(call.getVariable('LANGUAGE'))
  await sent(3)
  asterisk.write('200 result=1 (en)\n')
  const one = await alone
  console.log(`a command alone gets ${one}`)

  const wrong = within(call.getVariable(''))
  await sent(4)
  asterisk.write('520-Invalid command syntax.  Proper usage follows:\nUsage: GET VARIABLE <name>\n520 End of proper usage.\n')
  const usage = await wrong
  console.log(`a command that is answered with 520 gets ${usage}; events: ${events.join()}`)
  const hangups = events.splice(0).join()

  const last = within(call.getVariable('LANGUAGE'))
  await sent(5)
  asterisk.end()
  const end = await last
  console.log(`a command in flight when the call ends gets ${end}; events: ${events.join()}`)

  if (request !== 'agi' || script !== 'menu' || first !== 'nothing' || second !== 'result 0' ||
      one !== 'result 1 en' || usage !== 'nothing' || hangups !== 'hangup,hangup,hangup' || end !== 'nothing') {
    console.log('ding-dong behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
