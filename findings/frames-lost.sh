#!/usr/bin/env bash
# Two Node frame decoders drop empty messages and hide a stream that was cut off.
#
# Expected: an encoder and a decoder of the same package carry a message of zero
# bytes, which is a usual heartbeat or "end of list". A stream that ends in the
# middle of a frame is an error, as io.ErrUnexpectedEOF is in Go.
# Seen, length-prefixed-stream 2.0.0 and frame-stream 4.0.1: the encoder sends
# the empty message (only its length goes out), and the decoder swallows it. A
# stream that ends three bytes into a frame of five gives "end" and no error:
# the program cannot tell that from a peer that had nothing more to say.
# length-prefixed-stream has the option allowEmpty, which its README does not
# name. Neither package has an option for the end.
# Consequence: send no empty messages over these two, and close with a message of
# your own that says "that was all".
# Sources: length-prefixed-stream decode.js (no flush, and allowEmpty);
# frame-stream lib/index.js; Node's documentation of readable.push.
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
const packages = { 'length-prefixed-stream': require('length-prefixed-stream'), 'frame-stream': require('frame-stream') }

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

// encoded returns the bytes that a package's encoder makes of messages.
const encoded = (pkg, messages) => new Promise((done) => {
  const e = pkg.encode()
  const parts = []
  e.on('data', (b) => parts.push(b))
  e.on('end', () => done(Buffer.concat(parts)))
  for (const m of messages) e.write(Buffer.from(m))
  e.end()
})

// decoded sends bytes over TCP and returns the messages and how they ended.
async function decoded(pkg, bytes) {
  const server = net.createServer((c) => c.end(bytes))
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const d = net.connect(server.address().port, '127.0.0.1').pipe(pkg.decode())
  const got = []
  d.on('data', (m) => got.push(String(m)))
  const how = await new Promise((done) => {
    d.on('end', () => done('end'))
    d.on('error', (e) => done('error: ' + e.message))
  })
  server.close()
  return { got, how }
}

async function main() {
  let same = true
  for (const [name, pkg] of Object.entries(packages)) {
    const bytes = await encoded(pkg, ['one', '', 'three'])
    const whole = await decoded(pkg, bytes)
    const cut = await decoded(pkg, bytes.subarray(0, bytes.length - 2))
    console.log(`${name} sends ["one","","three"] as ${bytes.toString('hex')}`)
    console.log(`  decoded: ${JSON.stringify(whole.got)}, then ${whole.how}`)
    console.log(`  decoded without the last two bytes: ${JSON.stringify(cut.got)}, then ${cut.how}`)
    same = same && whole.got.join('|') === 'one|three' && cut.got.join('|') === 'one' && cut.how === 'end' &&
      bytes.length === (name === 'frame-stream' ? 20 : 11)
  }
  if (!same) {
    console.log('the decoders behave differently from what is stated here')
    process.exit(1)
  }
}
main()
END
node main.js
