#!/usr/bin/env bash
# The Node package axon carries 1 to 15 arguments, and delays an empty last one.
#
# Expected: send() takes any number of arguments, as its README says ("multiple
# arguments or an array of arguments"), or throws. A message arrives as soon as its
# last byte has.
# Seen, axon 2.0.3 (the framing is the package amp 0.3.1):
# - The number of arguments travels in four bits. With 16 it is sent as 0; with 17 as
#   1. The receiver gets no error: it takes the other arguments for messages, and this
#   message and all that follow on the conn are lost or wrong. A program that spreads
#   a list over the arguments, send(...list), works until the list grows.
# - A message without arguments arrives, and takes the next message with it: the
#   receiver waits for the length of an argument that is not there.
# - If the last argument is an empty Buffer, the message stays in the receiver until
#   the next bytes arrive. As a heartbeat or as the end of a list it comes too late.
# Consequence: send one array or object, which travels as JSON in one argument, and a
# string rather than an empty Buffer.
# Sources: amp lib/encode.js (version << 4 | argc) and lib/stream.js (the state "arg"
# needs a byte before it can end).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund axon@2.0.3 amp@0.3.1 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const axon = require('axon')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const event = (emitter, name) => new Promise((done) => emitter.once(name, done))
const pause = () => new Promise((done) => setTimeout(done, 1000))
const list = (n) => Array.from({ length: n }, (_, i) => 'a' + i)
const empty = Buffer.alloc(0)

// show writes a message as the number of its arguments and its first argument.
const show = (args) => args.length + (args.length ? ' ' + JSON.stringify(String(args[0])) : '')

// deliver sends messages over TCP and returns those that arrive within a second.
async function deliver(...messages) {
  const push = axon.socket('push')
  const pull = axon.socket('pull')
  const got = []
  pull.on('message', (...args) => got.push(show(args)))
  pull.bind(0, '127.0.0.1')
  await event(pull.server, 'listening')
  push.connect(pull.server.address().port, '127.0.0.1')
  await event(push, 'connect')
  for (const args of messages) push.send(...args)
  await pause()
  push.close()
  pull.close()
  return got.join(', ')
}

async function main() {
  const cases = [
    ['15 arguments, then next', [list(15), ['next']], '15 "a0", 1 "next"'],
    ['16 arguments, then next', [list(16), ['next']], ''],
    ['17 arguments, then next', [list(17), ['next']], '1 "a0", 0'],
    ['one array of 17, then next', [[list(17)], ['next']], `1 "${list(17)}", 1 "next"`],
    ['no arguments, then next', [[], ['next']], '0'],
    ['an empty string', [['beat', '']], '2 "beat"'],
    ['an empty Buffer last', [['beat', empty]], ''],
    ['an empty Buffer last, then next', [['beat', empty], ['next']], '2 "beat", 1 "next"']
  ]
  let same = true
  for (const [name, messages, want] of cases) {
    const got = await deliver(...messages)
    console.log(`${name}: ${got || 'nothing arrives'}`)
    if (got !== want) same = false
  }
  if (!same) console.log('axon behaves differently from what is stated here')
  process.exit(same ? 0 : 1)
}
main()
END
node --no-deprecation main.js
