#!/usr/bin/env bash
# mosquitto_sub drops a message, and its conn, if two of its subscriptions have an identifier.
#
# Expected: in MQTT 5 a subscription may have an identifier. If several subscriptions of a client
# match a message, the broker sends it once, with the identifiers of all of them, or once for each
# (sections 3.3.2.3.8 and 3.3.4). Clients take both, so a client and a broker fit together.
# Seen, Debian's mosquitto-clients 2.0.11-1.2+deb12u2 with github.com/mochi-mqtt/server/v2 v2.7.9:
# the broker sends one message with two identifiers. mosquitto_sub takes the second for a
# duplicate of a property: it prints nothing, closes the conn and connects again. The message
# is lost.
# Mosquitto's own broker sends a message for each subscription, so tests with it pass.
# The Node package mqtt 5.16.0 takes both. There subscriptionIdentifier is a number from the one
# broker and an array from the other, and the program gets each message twice or once.
# Consequence: with libmosquitto, which mosquitto_sub uses, set identifiers only on topics that do
# not overlap, or use a conn for each.
# Sources: libmosquitto's property_mosq.c (mosquitto_property_check_all allows only a user property
# twice); MQTT 5, the sections above.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
command -v apt-get >/dev/null || { echo "this finding needs Debian and its apt-get"; exit 1; }
dir=$(mktemp -d)
pids=
trap 'for pid in $pids; do kill "$pid" || true; wait "$pid" || true; done 2>/dev/null; rm -rf "$dir"' EXIT
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
npm install --ignore-scripts --no-audit --no-fund mqtt@5.16.0 >npm.log 2>&1 || { cat npm.log; exit 1; }
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/mochi-mqtt/server/v2@v2.7.9 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
// Command mochi runs a broker on a port, which it prints.
package main

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	server := mqtt.New(&mqtt.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	check(server.AddHook(new(auth.AllowHook), nil))
	listener := listeners.NewTCP(listeners.Config{ID: "tcp", Address: "127.0.0.1:0"})
	check(server.AddListener(listener))
	check(server.Serve())
	fmt.Println(listener.Address())
	time.Sleep(time.Minute)
}
EOF
go build -o mochi .
LD_LIBRARY_PATH=$dir/lib/$(uname -m)-linux-gnu:$dir/usr/lib/$(uname -m)-linux-gnu
export LD_LIBRARY_PATH
./mochi >mochi.log &
pids=$!
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
timeout 90 usr/sbin/mosquitto -p "$port" >mosquitto.log 2>&1 &
pids="$pids $!"
for _ in $(seq 100); do [ -s mochi.log ] && break; sleep 0.1; done
cat >main.js <<'EOF'
const net = require('net')
const mqtt = require('mqtt')
const { spawn, execFileSync } = require('child_process')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const pause = (ms) => new Promise((done) => setTimeout(done, ms))

// up waits until the port takes conns.
async function up(port) {
  for (;;) {
    const open = await new Promise((done) => {
      const c = net.connect(port, '127.0.0.1', () => { c.destroy(); done(true) }).on('error', () => done(false))
    })
    if (open) return
    await pause(100)
  }
}

// command runs mosquitto_sub on two topics. It returns what it prints of a message that both match
// and of one that one matches, and how often it connects.
async function command(port, ...identifier) {
  const program = spawn('stdbuf', ['-oL', 'usr/bin/mosquitto_sub', '-p', port, '-V', '5', '-d', '-F', 'GOT %p',
    '-t', 'news/#', '-t', 'news/a', ...identifier])
  process.on('exit', () => program.kill())
  let printed = ''
  program.stdout.on('data', (bytes) => { printed += bytes })
  const count = (text) => printed.split(text).length - 1
  while (count('received SUBACK') < 1) await pause(50)
  for (const topic of ['news/a', 'news/b']) {
    execFileSync('usr/bin/mosquitto_pub', ['-p', port, '-V', '5', '-t', topic, '-m', topic])
    while (count(`GOT ${topic}`) < 1 && count('received SUBACK') < 2) await pause(50)
    await pause(1000)
  }
  program.kill()
  return { got: (printed.match(/^GOT .*/gm) || []).map((line) => line.slice(4)), conns: count('sending CONNECT') }
}

// library does the same with the Node package, and returns the identifiers of each message.
async function library(port) {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5 })
  const got = []
  client.on('message', (topic, payload, { properties }) => got.push(properties.subscriptionIdentifier))
  await client.subscribeAsync('news/#', { qos: 0, properties: { subscriptionIdentifier: 7 } })
  await client.subscribeAsync('news/a', { qos: 0, properties: { subscriptionIdentifier: 8 } })
  await client.publishAsync('news/a', 'one')
  await pause(500)
  await client.endAsync()
  return got.sort()
}

async function main() {
  const [mochi, mosquitto] = process.argv.slice(2)
  await up(mosquitto)
  let same = true
  const check = (what, got, want) => {
    console.log(`${what}: ${JSON.stringify(got)}`)
    same = same && JSON.stringify(got) === JSON.stringify(want)
  }
  const identifier = ['-D', 'subscribe', 'subscription-identifier', '7']
  check('mosquitto_sub and mochi', await command(mochi), { got: ['news/a', 'news/b'], conns: 1 })
  check('the same with an identifier', await command(mochi, ...identifier), { got: ['news/b'], conns: 2 })
  check('mosquitto_sub and Mosquitto, with an identifier', await command(mosquitto, ...identifier),
    { got: ['news/a', 'news/a', 'news/b'], conns: 1 })
  check('Node and mochi, identifiers', await library(mochi), [[7, 8]])
  check('Node and Mosquitto, identifiers', await library(mosquitto), [7, 8])
  if (!same) {
    console.log('the programs behave differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
EOF
node main.js "$(sed 's/.*://' mochi.log)" "$port"
