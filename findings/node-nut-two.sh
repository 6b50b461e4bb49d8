#!/usr/bin/env bash
# Two clients of the Node package node-nut mix up their answers, and one of them stops.
#
# Expected: a program that watches two servers of Network UPS Tools makes two Nut objects, which
# have nothing to do with each other. A value is what the server has, without the backslashes that
# quotation marks have on the wire (RFC 9271 section 4.1).
# Seen, node-nut 1.0.3:
# - If two answers overlap in time, each result has variables of the other server: the callback for A
#   gets the serial number of B, and the callback for B gets variables that only A has.
# - The object that asked first is never free again. From then on each call of it ends with "Other
#   communication still running", and a program that polls loses this server for good.
# - Quotation marks and backslashes in a value keep their backslashes.
# - A result is an array with named properties: JSON.stringify makes [] of it, and its length is 0.
# One server, or two that are asked one after the other, show neither of the first two.
# Consequence: ask the next server in the callback of the one before, and copy each result
# with {...vars}.
# Sources: node-nut.js (vars is one variable of the module; "self" in GetUPSVars and most others is
# not declared, so it is one variable of the whole program).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund node-nut@1.0.3 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const { once } = require('events')
const Nut = require('node-nut')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

// serve starts a server of one UPS. It sends the second half of a list when release() is called, or
// at once if there is no hold().
async function serve(ups) {
  const server = { asked: 0, wait: Promise.resolve() }
  server.hold = () => { server.wait = new Promise((release) => { server.release = release }) }
  const listener = net.createServer((conn) => {
    let text = ''
    conn.on('data', async (bytes) => {
      text += bytes
      while (text.includes('\n')) {
        text = text.slice(text.indexOf('\n') + 1)
        conn.write(`BEGIN LIST VAR ${ups}\nVAR ${ups} device.serial "serial ${ups}"\n`)
        server.asked++
        await server.wait
        conn.write(`VAR ${ups} only.${ups} "yes"\nVAR ${ups} ups.id "the \\"${ups}\\""\nEND LIST VAR ${ups}\n`)
      }
    })
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  server.port = listener.address().port
  return server
}

async function connect(server) {
  const nut = new Nut(server.port, '127.0.0.1')
  nut.start()
  await once(nut, 'ready')
  return nut
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
const ask = (nut, ups) => new Promise((done) => nut.GetUPSVars(ups, (vars, err) => done(err ?? vars)))
const text = (vars) => (typeof vars === 'string' ? vars : JSON.stringify({ ...vars }))

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

// The backslashes in front of the quotation marks are part of the value; JSON doubles them.
const ID_A = String.raw`"ups.id":"the \\\"a\\\""}`
const ID_B = String.raw`"ups.id":"the \\\"b\\\""}`
const A = '{"device.serial":"serial a","only.a":"yes",' + ID_A
const B = '{"device.serial":"serial b","only.b":"yes",' + ID_B

async function main() {
  const [a, b] = [await serve('a'), await serve('b')]
  const [toA, toB] = [await connect(a), await connect(b)]

  check('A alone', text(await ask(toA, 'a')), A)
  check('B alone', text(await ask(toB, 'b')), B)
  check('JSON of B', JSON.stringify(await ask(toB, 'b')), '[]')

  // The second half of A's answer comes when the first half of B's has arrived.
  a.hold()
  b.hold()
  const first = ask(toA, 'a').then(text)
  await sleep(300)
  const second = ask(toB, 'b').then(text)
  await sleep(300)
  a.release()
  check('A while B is asked', await first, '{"device.serial":"serial b","only.a":"yes",' + ID_A)
  b.release()
  check('B while A is asked', await second, '{"device.serial":"serial b","only.a":"yes",' + ID_B.replace('}', ',"only.b":"yes"}'))
  check('A again', text(await ask(toA, 'a')), 'Other communication still running')
  check('B again', text(await ask(toB, 'b')), B)

  if (!same) {
    console.log('node-nut behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
