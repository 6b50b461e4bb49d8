#!/usr/bin/env bash
# Three Node clients of beanstalkd return dates and numbers for the names of tubes.
#
# Expected: a tube's name is text, of letters, digits and some other characters. What list-tubes
# returns can be given to stats-tube, use or watch.
# Seen, the Node packages fivebeans 1.5.0, beanstalkd 2.2.5 and node-beanstalk 1.6.7 with Debian's beanstalkd
# 1.12-2+b1: beanstalkd lists the names in YAML, without quotation marks, and the clients let YAML guess
# what they are.
# - "2026-11-29", a tube for each day, is a Date; in stats_tube its text is "Sun Nov 29 2026 ...", which
#   beanstalkd refuses with BAD_FORMAT.
# - "007" is 7, "0x10" is 16 and "12.50" is 12.5: these are names of other tubes. use() and put() with
#   such a name store jobs where no worker looks.
# - "true" is a boolean and "null" is null.
# Names that begin with a letter are right, apart from words like these, so a test with them passes.
# Consequence: begin each name with a word, as day-2026-11-29.
# Sources: fivebeans' lib/client.js, beanstalkd's lib/reader.js and node-beanstalk's dist/Command.js (js-yaml's
# load, without a schema); beanstalkd's doc/protocol.txt (names; list-tubes).
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" || true; wait "$server" || true; } 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download beanstalkd=1.12-2+b1 libsystemd0 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund fivebeans@1.5.0 beanstalkd@2.2.5 node-beanstalk@1.6.7 >npm.log 2>&1 ||
  { cat npm.log; exit 1; }
cat >free.js <<'END'
const server = require('net').createServer().listen(0, '127.0.0.1', () => {
  console.log(server.address().port)
  server.close()
})
END
port=$(node free.js)
arch=$(uname -m)-linux-gnu
LD_LIBRARY_PATH=$dir/usr/lib/$arch:$dir/lib/$arch usr/bin/beanstalkd -l 127.0.0.1 -p "$port" 2>server.log &
server=$!
cat >main.js <<'END'
const net = require('net')
const { once } = require('events')
const Fivebeans = require('fivebeans').client
const Beanstalkd = require('beanstalkd').default
const { Client } = require('node-beanstalk')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
const port = Number(process.argv[2])

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

// show tells text from what only looks like it.
const show = (name) => (typeof name === 'string' ? `"${name}"` : name instanceof Date ? `Date ${name.toISOString()}` : String(name))

async function main() {
  for (let attempt = 0; attempt < 100; attempt++) {
    const conn = net.connect(port, '127.0.0.1')
    const up = await new Promise((done) => { conn.on('connect', () => done(true)); conn.on('error', () => done(false)) })
    conn.destroy()
    if (up) break
    await sleep(100)
  }
  const five = new Fivebeans('127.0.0.1', port)
  five.connect()
  await once(five, 'connect')
  const call = (name, ...args) => new Promise((done, fail) => five[name](...args, (err, result) => (err ? fail(err) : done(result))))
  const beanstalkd = new Beanstalkd('127.0.0.1', port)
  await beanstalkd.connect()
  const node = new Client({ port })
  await node.connect()

  const names = ['2026-11-29', '007', '0x10', '12.50', 'true', 'null', 'orders']
  for (const name of names) {
    await call('use', name)
    await call('put', 0, 0, 60, 'a job')
  }

  // The names as beanstalkd sends them.
  const conn = net.connect(port, '127.0.0.1')
  conn.end('list-tubes\r\n')
  let text = ''
  for await (const bytes of conn) text += bytes
  check('beanstalkd sends', text.split('\n').filter((line) => line.startsWith('- ')).map((line) => line.slice(2)).join(', '),
    `default, ${names.join(', ')}`)

  const lists = [await call('list_tubes'), await beanstalkd.listTubes(), await node.listTubes()].map((list) => list.slice(1).map(show))
  const want = ['Date 2026-11-29T00:00:00.000Z', '7', '16', '12.5', 'true', 'null', '"orders"']
  const packages = ['fivebeans', 'beanstalkd', 'node-beanstalk']
  for (const [i, list] of lists.entries()) check(packages[i], list.join(', '), want.join(', '))

  const found = await call('list_tubes')
  check('stats_tube of the first', await call('stats_tube', found[1]).then(() => 'stats', (err) => err), 'BAD_FORMAT')
  check('stats_tube of the second', await call('stats_tube', found[2]).then(() => 'stats', (err) => err), 'NOT_FOUND')
  check('stats_tube of the last', await call('stats_tube', found.at(-1)).then((stats) => stats['current-jobs-ready'], (err) => err), 1)

  if (!same) {
    console.log('one of the clients behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node --no-deprecation main.js "$port"
