#!/usr/bin/env bash
# A line "null" ends a stream of JSON lines in split2 and ndjson.
#
# Expected: null is a JSON value like 0, false or "". A parser of JSON lines
# hands it out, or skips it, and reads the next line.
# Seen, split2 4.2.0 as split2(JSON.parse), which its README shows, and ndjson
# 2.0.0: null is what ends a Node stream, and the parsed value is passed to push
# as it is. If null is the last line so far, the reader gets a clean "end", as if
# the peer had sent everything. A line after it is an error, "stream.push() after
# EOF", and is lost. 0, false and "" arrive.
# So one client that sends null, which is valid, ends its own feed.
# Consequence: let the mapper wrap the value, as in (line) => ({ value:
# JSON.parse(line) }).
# Sources: split2 index.js (push skips undefined only) and its pull request 1,
# whose author leaves null open; Node's documentation of readable.push.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund split2@4.2.0 ndjson@2.0.0 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const split2 = require('split2')
const ndjson = require('ndjson')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

// over sends text over TCP and returns the values and the events of a parser.
async function over(text, parser) {
  const server = net.createServer((c) => c.end(text))
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const seen = { values: [], events: [] }
  parser.on('data', (v) => seen.values.push(v))
  parser.on('end', () => seen.events.push('end'))
  parser.on('error', (e) => seen.events.push(e.message))
  const socket = net.connect(server.address().port, '127.0.0.1')
  socket.pipe(parser)
  await new Promise((done) => socket.on('close', done))
  await new Promise((done) => setImmediate(() => setImmediate(done)))
  server.close()
  return seen
}

async function main() {
  const parsers = { split2: () => split2(JSON.parse), ndjson: () => ndjson.parse() }
  let same = true
  for (const [name, parser] of Object.entries(parsers)) {
    const middle = await over('1\nnull\n3\n', parser())
    const last = await over('1\nnull\n', parser())
    const others = await over('0\nfalse\n""\n3\n', parser())
    console.log(`${name} reads 1, null, 3: ${JSON.stringify(middle)}`)
    console.log(`${name} reads 1, null: ${JSON.stringify(last)}`)
    console.log(`${name} reads 0, false, "", 3: ${JSON.stringify(others)}`)
    same = same && middle.values.join() === '1' && middle.events.includes('stream.push() after EOF') &&
      last.values.join() === '1' && last.events.join() === 'end' && others.values.length === 4
  }
  if (!same) {
    console.log('the parsers behave differently from what is stated here')
    process.exit(1)
  }
}
main()
END
node main.js
