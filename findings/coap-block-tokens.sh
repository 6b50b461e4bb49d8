#!/usr/bin/env bash
# A CoAP server of the Node package coap cannot put libcoap's blocks together.
#
# Expected: a large body travels in blocks, each of which is a request with a token of the client's
# choice (RFC 7959, RFC 7252 section 5.3.1). A server knows the blocks of one body by client and
# path. A handler is called once for each transfer, whichever client asks.
# Seen, coap 1.5.0 with the client of libcoap 4.3.1 (Debian's libcoap3-bin 4.3.1-1), which takes a
# new token for each block:
# - A PUT or POST of more than one block fails: "5.00 Byte offset not the next in line...". The
#   handler is not called.
# - For a GET the handler is called once for each block, and the client gets block 0 of the
#   first answer, block 1 of the second, and so on. If the answer changes, as sensor data does,
#   the client gets a mixture of them, of the right length and with 2.05.
# coap's own client keeps its token, so there the handler is called once, and tests with it pass.
# Consequence: with other clients, keep what you send in one block (1024 bytes), and take larger
# uploads over HTTP.
# Sources: coap's lib/server.js (_toCacheKey makes the key of both caches from token and address);
# RFC 7959 sections 2.5 and 3.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download libcoap3-bin=4.3.1-1 libcoap3=4.3.1-1 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund coap@1.5.0 >npm.log 2>&1 || { cat npm.log; exit 1; }
LD_LIBRARY_PATH=$dir/usr/lib/$(uname -m)-linux-gnu
export LD_LIBRARY_PATH
cat >main.js <<'END_JS'
const coap = require('coap')
const fs = require('fs')
const { execFile } = require('child_process')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const text = (digit) => String(digit).repeat(3000)
let calls = 0
let stored = []

// Each GET is answered with another text: 3000 times the number of the call.
const server = coap.createServer((req, res) => {
  calls++
  if (req.method === 'GET') return res.end(text(calls))
  stored.push(req.payload.length)
  res.end('stored')
})

// libcoap runs its client and returns what it prints, answers and errors.
function libcoap(...args) {
  calls = 0
  stored = []
  return new Promise((done) => execFile('usr/bin/coap-client-notls', ['-B', '10', ...args],
    { maxBuffer: 1 << 20 }, (_, out, err) => done((out + err).trim())))
}

function own(url) {
  calls = 0
  return new Promise((done, fail) => {
    coap.request(url).on('response', (res) => done(res.payload.toString())).on('error', fail).end()
  })
}

// parts says what a text consists of: "1024 x 1, 1024 x 2".
const parts = (got) => (got.match(/(.)\1*/g) || []).map((run) => `${run.length} x ${run[0]}`).join(', ')

async function main() {
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const url = `coap://127.0.0.1:${server._sock.address().port}/data`
  let same = true
  const check = (what, got, want) => {
    console.log(`${what}: ${JSON.stringify(got)}`)
    same = same && JSON.stringify(got) === JSON.stringify(want)
  }
  fs.writeFileSync('small', 'x'.repeat(500))
  fs.writeFileSync('large', 'x'.repeat(3000))

  check("GET, the package's client", [parts(await own(url)), calls], ['3000 x 1', 1])
  check('GET, libcoap', [parts(await libcoap('-m', 'get', url)), calls], ['1024 x 1, 1024 x 2, 952 x 3', 3])
  for (const method of ['put', 'post']) {
    check(`${method} of 500 bytes, libcoap`, [await libcoap('-m', method, '-f', 'small', url), stored], ['stored', [500]])
    check(`${method} of 3000 bytes, libcoap`, [await libcoap('-m', method, '-f', 'large', url), stored],
      ['5.00 Byte offset not the next in line...', []])
  }
  if (!same) {
    console.log('coap behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END_JS
node main.js
