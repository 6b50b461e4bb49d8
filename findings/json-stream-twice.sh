#!/usr/bin/env bash
# json-stream emits a value twice if its newline comes in the next segment.
#
# Expected: a parser of JSON lines emits one value for each line, when the newline has
# come, wherever a segment ends. A line that is no JSON is an error.
# Seen, json-stream 1.0.0:
# - At the end of each segment it tries to parse what has no newline yet. If that is
#   JSON, it is emitted, but stays in the buffer, and is emitted again with the newline.
#   So an order that is written in two calls, JSON and newline, is carried out twice; and
#   of the line 1234 that is cut in the middle, 12 comes out first, and then 1234.
# - 0, false, "" and null are not emitted. Nor is a line that is no JSON, and nothing
#   reports it.
# Seen, jsonlines 0.1.1: it decodes each segment by itself. If a segment ends inside a
# character, that becomes two replacement characters. Here JSON lines of plain English
# pass every test.
# ndjson 2.0.0 gets the lines that are cut right.
# Consequence: split the stream into lines first, for example with readline of Node, and
# parse each line yourself.
# Sources: json-stream lib/json-stream.js (_transform parses when ptr reaches the end of
# the data); jsonlines lib/parser.js (chunk.toString()).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund json-stream@1.0.0 jsonlines@0.1.1 ndjson@2.0.0 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const jsonStream = require('json-stream')
const jsonlines = require('jsonlines')
const ndjson = require('ndjson')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const turn = () => new Promise((go) => setImmediate(go))

// over sends the pieces over TCP, one segment each, and returns the values that a parser
// makes of them.
async function over(parser, ...pieces) {
  let conn
  const server = net.createServer((c) => { conn = c })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const socket = net.connect(server.address().port, '127.0.0.1')
  const values = []
  parser.on('data', (v) => values.push(v))
  parser.on('error', (e) => values.push(e.message))
  socket.pipe(parser)
  while (!conn) await turn()
  conn.setNoDelay()
  let sent = 0
  for (const piece of pieces) {
    conn.write(piece)
    sent += piece.length
    while (socket.bytesRead < sent) await turn()
  }
  conn.end()
  await new Promise((done) => socket.on('close', done))
  for (let i = 0; i < 5; i++) await turn()
  server.close()
  return JSON.stringify(values)
}

async function main() {
  const word = Buffer.from('{"city":"Köln"}\n')
  const inside = word.indexOf(0xc3) + 1 // between the two bytes of the letter
  const cases = {
    'JSON and newline in one segment': [['{"pay":5}\n{"pay":7}\n'], '[{"pay":5},{"pay":7}]'],
    'the newline in the next segment': [['{"pay":5}', '\n{"pay":7}\n'], '[{"pay":5},{"pay":5},{"pay":7}]'],
    'a number that is cut': [['12', '34\n'], '[12,1234]'],
    'values that are false': [['0\nfalse\n""\nnull\n7\n'], '[7]'],
    'a line that is no JSON': [['{"pay":5\n{"pay":7}\n'], '[{"pay":7}]'],
  }
  let same = true
  for (const [what, [pieces, stated]] of Object.entries(cases)) {
    const got = await over(jsonStream(), ...pieces)
    console.log(`json-stream, ${what}: ${got}`)
    same = same && got === stated
  }
  const right = await over(ndjson.parse(), '{"pay":5}', '\n{"pay":7}\n')
  const whole = await over(jsonlines.parse(), word)
  const cut = await over(jsonlines.parse(), word.subarray(0, inside), word.subarray(inside))
  console.log(`ndjson, the newline in the next segment: ${right}`)
  console.log(`jsonlines, one segment: ${whole}; a segment that ends in a character: ${cut}`)
  if (!same || right !== '[{"pay":5},{"pay":7}]' || whole !== '[{"city":"Köln"}]' || cut !== '[{"city":"K\ufffd\ufffdln"}]') {
    console.log('the parsers behave differently from what is stated here')
    process.exit(1)
  }
}
main()
END
node --no-deprecation main.js
