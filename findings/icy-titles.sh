#!/usr/bin/env bash
# Two Node readers of internet radio cut titles, and take an empty title for what follows it.
#
# Expected: a radio station puts text between its audio, StreamTitle='...';StreamUrl='...';, each
# time the song changes. A value ends at quotation mark and semicolon, may be empty, and may
# contain either of them alone. A reader that polls goes on polling.
# Seen, the Node package icecast-parser 4.0.2:
# - An empty title, as between two songs, is a title that consists of the next field:
#   ';StreamUrl='http://x/. If StreamTitle is the only field, the event has no title at all.
# - A quotation mark of either kind in front of a semicolon ends the title: Say "hi"; bye becomes
#   Say "hi.
# - If the stream ends before its first text, as when the server restarts, no event comes and
#   nothing is asked any more, although autoUpdate is on. After a reset it does ask again.
# Seen, icy 2.1.0: each semicolon ends a field, also inside a title. "AC/DC; Live" is "AC/DC" (and
# a field " Live'" with the text "undefined"). So does =" inside a title.
# Titles without these signs, as in most tests, are right in both.
# Consequence: parse the text of icy's "metadata" event yourself, up to "';".
# Sources: icecast-parser dist/StreamReader.js (METADATA_REGEX wants at least one character, and
# either quotation mark) and dist/Parser.js (only "metadata", "empty" and "error" queue a request);
# icy lib/parse.js (split(";")).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund icecast-parser@4.0.2 icy@2.1.0 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'EOF'
const http = require('http')
const { Parser } = require('icecast-parser')
const icy = require('icy')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const listen = (server) => new Promise((ready) => server.listen(0, '127.0.0.1', () => ready(server.address().port)))

// block is a text as it travels: its length in units of 16, and the text with zeros behind it.
function block(text) {
  const units = Math.ceil(text.length / 16)
  return Buffer.concat([Buffer.from([units]), Buffer.from(text), Buffer.alloc(16 * units - text.length)])
}

// read returns what each package makes of a text that comes after 8 bytes of audio.
async function read(text) {
  const station = http.createServer((req, res) => {
    res.writeHead(200, { 'icy-metaint': '8' })
    res.write(Buffer.concat([Buffer.alloc(8), block(text), Buffer.alloc(8)]))
  })
  const url = `http://127.0.0.1:${await listen(station)}/`
  const parser = new Parser({ url, autoUpdate: false })
  const map = await new Promise((done) => parser.on('metadata', done))
  const raw = await new Promise((done) => icy.get(url, (res) => res.on('metadata', done).resume()))
  station.close()
  station.closeAllConnections()
  return JSON.stringify([Object.fromEntries(map), icy.parse(raw)])
}

// polls counts the requests of one second and a half, with a request each 0.1 s.
async function polls(answer) {
  let requests = 0
  const station = http.createServer((req, res) => { requests++; answer(req, res) })
  const parser = new Parser({
    url: `http://127.0.0.1:${await listen(station)}/`,
    metadataInterval: 0.1, emptyInterval: 0.1, errorInterval: 0.1
  })
  const events = new Set()
  for (const name of ['metadata', 'empty', 'error', 'end']) parser.on(name, () => events.add(name))
  await new Promise((done) => setTimeout(done, 1500))
  return `${requests > 3 ? 'many requests' : requests + ' request'}, events: ${[...events].join()}`
}

async function main() {
  let same = true
  const check = (what, got, ...want) => {
    want = typeof want[0] === 'string' ? want[0] : JSON.stringify(want)
    console.log(`${what}: ${got}`)
    same = same && got === want
  }
  const url = "StreamUrl='http://x/';"
  check('a plain title', await read("StreamTitle='It's A - B';" + url),
    { StreamTitle: "It's A - B", StreamUrl: 'http://x/' }, { StreamTitle: "It's A - B", StreamUrl: 'http://x/' })
  check('no title', await read("StreamTitle='';" + url),
    { StreamTitle: "';StreamUrl='http://x/" }, { StreamTitle: '', StreamUrl: 'http://x/' })
  check('no title, no other field', await read("StreamTitle='';"), {}, { StreamTitle: '' })
  check('mark and semicolon', await read('StreamTitle=\'Say "hi"; bye\';' + url),
    { StreamTitle: 'Say "hi', StreamUrl: 'http://x/' },
    { StreamTitle: 'Say "hi', " bye'": 'undefined', StreamUrl: 'http://x/' })
  check('semicolon', await read("StreamTitle='AC/DC; Live';" + url),
    { StreamTitle: 'AC/DC; Live', StreamUrl: 'http://x/' },
    { StreamTitle: 'AC/DC', " Live'": 'undefined', StreamUrl: 'http://x/' })
  check('="', await read('StreamTitle=\'A - text="B"\';' + url),
    { StreamTitle: 'A - text="B"', StreamUrl: 'http://x/' }, { StreamTitle: 'A - text', StreamUrl: 'http://x/' })

  check('polling, a text each time', await polls((req, res) => {
    res.writeHead(200, { 'icy-metaint': '8' })
    res.write(Buffer.concat([Buffer.alloc(8), block("StreamTitle='A';")]))
  }), 'many requests, events: metadata')
  check('polling, the conn is reset', await polls((req) => req.socket.destroy()), 'many requests, events: error')
  check('polling, the end comes first', await polls((req, res) => {
    res.writeHead(200, { 'icy-metaint': '8' })
    res.end(Buffer.alloc(4))
  }), '1 request, events: ')
  if (!same) {
    console.log('the packages behave differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
EOF
node main.js
