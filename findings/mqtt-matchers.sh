#!/usr/bin/env bash
# Four Node packages that match MQTT topics disagree with the broker, and with each other.
#
# Expected: a program with one conn and several subscriptions asks a package which of its filters a message
# matches, and gets the broker's answer. A filter that begins with a wildcard matches no topic that begins
# with $ (MQTT 5 section 4.7.2). A level may be empty: "+" matches it, and "/x" has two levels (4.7.1.3).
# "a/#" matches "a" and what is below it (4.7.1.2); "a/b" and "a/b/" are two topics (4.7.3).
# Seen, mqtt-match 3.0.0, mqtt-wildcard 3.0.9, mqtt-pattern 2.1.1 and mqtt-regex 1.1.0 (under mqtt-emitter),
# beside what Debian's mosquitto 2.0.11-1.2+deb12u2 sends to a client with that one filter:
# - In all four "#" and "+/broker/version" match $SYS/broker/version. A program that stores what matches "#",
#   and has subscribed to $SYS/#, too, stores the broker's state among its data.
# - In mqtt-pattern and mqtt-regex "+" matches no empty level: "+/x" does not match "/x", nor "a/+/b" the topic
#   "a//b". The broker sends the message, and no listener gets it.
# - In mqtt-regex "room1/#" matches "room10", and "a/b" matches "a/b/". "#" does not match "/x".
# With names in all levels, of which none begins with another one, all agree with the broker.
# Consequence: take mqtt-match or mqtt-wildcard, and look for $ at the start yourself.
# Sources: index.js of the four (none asks for $); mqtt-pattern's matches (!currentTopic && currentPattern !==
# ALL); mqtt-regex's process_single ([^/#+]+) and process_raw (token + "/?").
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || { kill "$pid"; wait "$pid" || true; } 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
version=2.0.11-1.2+deb12u2
{ apt-get download mosquitto=$version mosquitto-clients=$version libmosquitto1=$version &&
  apt-get download libcjson1 libdlt2 libwrap0; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund mqtt-match@3.0.0 mqtt-wildcard@3.0.9 mqtt-pattern@2.1.1 mqtt-regex@1.1.0 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
LD_LIBRARY_PATH=$dir/lib/$(uname -m)-linux-gnu:$dir/usr/lib/$(uname -m)-linux-gnu
export LD_LIBRARY_PATH
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
timeout 90 usr/sbin/mosquitto -p "$port" >mosquitto.log 2>&1 &
pid=$!
cat >main.js <<'END'
const net = require('net')
const { once } = require('events')
const { spawn, execFileSync } = require('child_process')
const { createInterface } = require('readline')

const port = process.argv[2]
setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

const match = require('mqtt-match')
const wildcard = require('mqtt-wildcard')
const pattern = require('mqtt-pattern')
const regex = require('mqtt-regex')
const packages = {
  'mqtt-match': match,
  'mqtt-wildcard': (filter, topic) => wildcard(topic, filter) !== null,
  'mqtt-pattern': pattern.matches,
  'mqtt-regex': (filter, topic) => regex(filter).exec(topic) !== undefined,
}

const system = '$SYS/broker/version'
const cases = [
  // filter, topic, whether the broker sends it, and which packages disagree
  ['room1/+', 'room1/light', true, ''],
  ['room1/#', 'room1', true, ''],
  ['room1/#', 'room1/light/power', true, ''],
  ['#', system, false, 'mqtt-match mqtt-wildcard mqtt-pattern mqtt-regex'],
  ['+/broker/version', system, false, 'mqtt-match mqtt-wildcard mqtt-pattern mqtt-regex'],
  ['$SYS/broker/+', system, true, ''],
  ['+/x', '/x', true, 'mqtt-pattern mqtt-regex'],
  ['a/+', 'a/', true, 'mqtt-pattern mqtt-regex'],
  ['a/+/b', 'a//b', true, 'mqtt-pattern mqtt-regex'],
  ['#', '/x', true, 'mqtt-regex'],
  ['room1/#', 'room10', false, 'mqtt-regex'],
  ['a/b', 'a/b/', false, 'mqtt-regex'],
]

const publish = (topic, ...options) => execFileSync('usr/bin/mosquitto_pub', ['-p', port, '-t', topic, '-m', 'x', ...options])

// subscribe returns a promise of the topics that the broker sends for this filter up to "end", once it has subscribed.
async function subscribe(filter) {
  const client = spawn('stdbuf', ['-oL', 'usr/bin/mosquitto_sub', '-p', port, '-F', '%t', '-t', 'ready', '-t', 'end', '-t', filter])
  process.on('exit', () => client.kill())
  const lines = createInterface({ input: client.stdout })
  const topics = new Set()
  let ready
  const subscribed = new Promise((done) => { ready = done })
  const ended = new Promise((done) => lines.on('line', (topic) => {
    if (topic === 'ready') ready()
    else if (topic === 'end') done(topics)
    else topics.add(topic)
  }))
  await subscribed
  return { ended }
}

async function main() {
  for (;;) {
    const conn = net.connect(port, '127.0.0.1')
    const up = await Promise.race([once(conn, 'connect').then(() => true), once(conn, 'error').then(() => false)]).catch(() => false)
    conn.destroy()
    if (up) break
    await new Promise((done) => setTimeout(done, 100))
  }
  publish('ready', '-r')
  const sent = new Map()
  for (const [filter] of cases) if (!sent.has(filter)) sent.set(filter, (await subscribe(filter)).ended)
  for (const topic of new Set(cases.map(([, topic]) => topic))) if (topic !== system) publish(topic)
  publish('end')
  for (const [filter, topic, want, wrong] of cases) {
    const answer = (await sent.get(filter)).has(topic)
    check(`filter ${filter}, topic ${topic}, mosquitto`, answer, want)
    const others = Object.keys(packages).filter((name) => packages[name](filter, topic) !== answer).join(' ')
    check('  and otherwise', others, wrong)
  }
  if (!same) {
    console.log('the broker or one of the packages behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main().catch((err) => { console.log(err); process.exit(1) })
END
node --no-deprecation main.js "$port"
