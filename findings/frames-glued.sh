#!/usr/bin/env bash
# Two Node frame decoders merge messages when they are read with "for await".
#
# Expected: a decoder that takes length-prefixed messages off a stream hands out
# one message at a time, however the program reads it.
# Seen, length-prefixed-stream 2.0.0 and frame-stream 4.0.1: only "data" events
# and pipe keep messages apart. With "for await", or with read() in a "readable"
# listener, all messages that wait in the decoder come out as one Buffer. Three
# frames that arrive in one segment are one message; three that arrive one by one
# are three. So a test that sends one message at a time passes.
# The option allowEmpty of length-prefixed-stream, which its README does not
# name, also cures this: it puts the stream into object mode.
# Consequence: a stream of messages must be in object mode. Read these two with
# "data" events only.
# Sources: length-prefixed-stream decode.js and frame-stream lib/index.js
# (Transform streams without readableObjectMode); Node's documentation of
# readable.read(size): without a size it returns everything that is buffered.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund length-prefixed-stream@2.0.0 frame-stream@4.0.1 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const lps = require('length-prefixed-stream')
const frame = require('frame-stream')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const messages = ['GET a', 'GET b', 'QUIT']

// varint and int32 put the two kinds of length in front of a message.
const varint = (m) => Buffer.concat([Buffer.from([m.length]), Buffer.from(m)])
const int32 = (m) => Buffer.concat([Buffer.from([0, 0, 0, m.length]), Buffer.from(m)])

// overTCP sends all messages in one write and returns what read makes of them.
async function overTCP(encode, decoder, read) {
  const server = net.createServer((c) => c.end(Buffer.concat(messages.map(encode))))
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const got = await read(net.connect(server.address().port, '127.0.0.1').pipe(decoder))
  server.close()
  return got
}

async function iterate(stream) {
  const got = []
  for await (const m of stream) got.push(String(m))
  return got
}

const events = (stream) => new Promise((done) => {
  const got = []
  stream.on('data', (m) => got.push(String(m)))
  stream.on('end', () => done(got))
})

async function main() {
  const seen = {
    'length-prefixed-stream, data': await overTCP(varint, lps.decode(), events),
    'length-prefixed-stream, for await': await overTCP(varint, lps.decode(), iterate),
    'length-prefixed-stream, for await, allowEmpty': await overTCP(varint, lps.decode({ allowEmpty: true }), iterate),
    'frame-stream, data': await overTCP(int32, frame.decode(), events),
    'frame-stream, for await': await overTCP(int32, frame.decode(), iterate)
  }
  for (const [name, got] of Object.entries(seen)) console.log(`${name}: ${JSON.stringify(got)}`)
  const glued = (got) => got.length === 1 && got[0] === messages.join('')
  const apart = (got) => got.join('|') === messages.join('|')
  const all = Object.values(seen)
  if (![0, 2, 3].every((i) => apart(all[i])) || ![1, 4].every((i) => glued(all[i]))) {
    console.log('the decoders behave differently from what is stated here')
    process.exit(1)
  }
}
main()
END
node main.js
