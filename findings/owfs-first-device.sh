#!/usr/bin/env bash
# dir() of the Node package owfs finds the first device of owserver only.
#
# Expected: owserver answers DIR with one message for each entry, and an empty one at the end. A
# client collects all of them. A text is returned as it is. If the conn ends inside an
# answer, or before it, the call fails.
# Seen, owfs 0.4.0 with Debian's owserver 3.2p4+dfsg1-4.1+b1 and two simulated devices:
# - dir("/") returns one of the two, and dir() of a device one of its properties. dirall() and
#   get(), which get all entries in one message, return all. With one device, as on most desks, a
#   test cannot tell.
# - read() takes all spaces out of a value, so the text "Room 12", in a memory chip, is
#   "Room12". Numbers, which owserver fills up with spaces, look right.
# - If owserver ends inside a value, the first half is returned as the value, "21." of "21.75".
#   If it ends before the answer to dirall(), the result is an empty list, without an error: all
#   devices have gone.
# Consequence: use dirall(), and take neither an empty list nor a short value for true before a
# second call confirms it.
# Sources: owfs lib/base/communication.js (the loop over the messages ends after the first one with
# a payload, and does not compare its length) and convert.js (extractValue replaces spaces);
# owserver's protocol, messages DIR and DIRALL.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
pid=
trap 'if [ -n "$pid" ]; then kill "$pid" || true; wait "$pid" || true; fi 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download owserver=3.2p4+dfsg1-4.1+b1 libow-3.2-4=3.2p4+dfsg1-4.1+b1 &&
  apt-get download libftdi1-2 libusb-1.0-0 libavahi-client3 libavahi-common3 libdbus-1-3; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund owfs@0.4.0 >npm.log 2>&1 || { cat npm.log; exit 1; }
arch=$(uname -m)-linux-gnu
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
LD_LIBRARY_PATH=$dir/lib/$arch:$dir/usr/lib/$arch \
  usr/bin/owserver --fake=10,29 -p "127.0.0.1:$port" --foreground >owserver.log 2>&1 &
pid=$!
cat >main.js <<'EOF'
const net = require('net')
const { Client } = require('owfs')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

// call returns what a method calls back with, or "error".
const call = (client, method, path) => new Promise((done) => {
  client[method](path, (err, value) => done(err ? 'error' : value))
})

// answering starts a server that answers each request with these bytes, and its client.
async function answering(bytes) {
  const server = net.createServer({ allowHalfOpen: true }, (c) => {
    c.on('error', () => {})
    c.once('data', () => c.end(bytes))
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  return new Client('127.0.0.1', server.address().port)
}

// message is an answer of owserver: version, payload, result, flags, size, offset, and the payload.
function message(text, sent = text.length) {
  const head = Buffer.alloc(24)
  head.writeInt32BE(text.length, 4)
  head.writeInt32BE(text.length, 8)
  head.writeInt32BE(text.length, 16)
  return Buffer.concat([head, Buffer.from(text.slice(0, sent))])
}

async function main() {
  let same = true
  const check = (what, got, want) => {
    console.log(`${what}: ${JSON.stringify(got)}`)
    same = same && JSON.stringify(got) === JSON.stringify(want)
  }
  const owserver = new Client('127.0.0.1', Number(process.argv[2]))
  let all
  do { // until owserver listens
    all = await call(owserver, 'dirall', '/')
    await new Promise((done) => setTimeout(done, 100))
  } while (all === 'error')
  all = all.filter((entry) => /^\/\d\d\./.test(entry))
  check('devices, dirall()', all.length, 2)
  check('devices, dir()', (await call(owserver, 'dir', '/')).length, 1)
  check('devices, get()', (await call(owserver, 'get', '/')).filter((entry) => all.includes(entry)).length, 2)
  check('properties, dirall()', (await call(owserver, 'dirall', all[0])).length > 10, true)
  check('properties, dir()', (await call(owserver, 'dir', all[0])).length, 1)

  check('a text', await call(await answering(message('Room 12')), 'read', '/x'), 'Room12')
  check('a value', await call(await answering(message('       21.75')), 'read', '/x'), '21.75')
  check('a value that is cut', await call(await answering(message('       21.75', 10)), 'read', '/x'), '21.')
  check('dirall(), and no answer', await call(await answering(''), 'dirall', '/'), [])
  if (!same) {
    console.log('owfs behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
EOF
node --no-deprecation main.js "$port"
