#!/usr/bin/env bash
# mqtt.js loses what is published, and stays connected, if end() comes before "connect".
#
# Expected: a program of one message connects, publishes and calls end(). The README
# says that publish() before the conn is up queues the message, and that end() without
# force waits for messages in flight. So the message is sent, then DISCONNECT, and the
# process exits.
# Seen, mqtt 5.16.0, QoS 0: end() calls back at once, as if all were done. The client
# connects after that, sends neither the message nor DISCONNECT, and keeps the conn. The
# callback of publish() is not called. Without a message it is the same.
# No error is emitted. After "connect" the same two calls work.
# Consequence: call end() only after "connect", or end(true), which drops the message
# and the conn. Or use connectAsync and publishAsync, and await both.
# Sources: client.js (end sets "disconnecting", and then nothing sends what is queued);
# the project's issues 1033 and 87.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund mqtt@5.16.0 mqtt-packet@9.0.2 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const mqtt = require('mqtt')
const packets = require('mqtt-packet')

setTimeout(() => { console.log('gave up after 120 s'); process.exit(1) }, 120000).unref()

// broker acknowledges what it gets, and tells log about it.
function broker(log) {
  return net.createServer((c) => {
    const parser = packets.parser()
    const answer = (packet) => c.write(packets.generate(packet))
    parser.on('packet', (p) => {
      if (p.cmd !== 'pingreq') log('broker: ' + p.cmd)
      if (p.cmd === 'connect') answer({ cmd: 'connack', returnCode: 0, sessionPresent: false })
      if (p.cmd === 'publish' && p.qos === 1) answer({ cmd: 'puback', messageId: p.messageId })
      if (p.cmd === 'pingreq') answer({ cmd: 'pingresp' })
    })
    c.on('data', (d) => parser.parse(d))
    c.on('error', () => {})
    c.on('close', () => log('broker: closed'))
  })
}

// session publishes with qos, if any, calls end(force), and returns what happens: up to
// the end of the conn, or within three seconds after CONNECT has come.
async function session({ wait, qos, force }) {
  const events = []
  let over
  const done = new Promise((resolve) => { over = resolve })
  const server = broker((event) => {
    events.push(event)
    if (event === 'broker: closed') over()
    if (event === 'broker: connect' && !wait) setTimeout(over, 3000)
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const client = mqtt.connect('mqtt://127.0.0.1:' + server.address().port, { reconnectPeriod: 0 })
  client.on('error', (err) => events.push(err.message))
  if (wait) await new Promise((done) => client.once('connect', done))
  if (qos !== undefined) client.publish('topic', 'text', { qos }, () => events.push('published'))
  client.end(force, () => events.push('ended'))
  await Promise.race([done, new Promise((resolve) => setTimeout(resolve, force ? 3000 : 20000))])
  await new Promise((done) => setTimeout(done, 200))
  const seen = events.join(', ')
  client.stream.destroy()
  server.close()
  return seen
}

async function main() {
  const has = (...words) => (seen) => words.every((w) => seen.includes(w))
  const hasNot = (...words) => (seen) => words.every((w) => !seen.includes(w))
  const sent = has('broker: publish', 'broker: disconnect', 'broker: closed', 'published', 'ended')
  const lost = hasNot('broker: publish', 'broker: disconnect', 'published')
  const cases = [
    ['after "connect", QoS 0', { wait: true, qos: 0, force: false }, sent],
    ['after "connect", QoS 1', { wait: true, qos: 1, force: false }, sent],
    ['at once, QoS 0', { qos: 0, force: false }, (s) => lost(s) && has('ended', 'broker: connect')(s) && hasNot('closed')(s)],
    ['at once, no message', { force: false }, (s) => lost(s) && has('ended', 'broker: connect')(s) && hasNot('closed')(s)],
    ['at once, no message, end(true)', { force: true }, (s) => lost(s) && has('ended')(s) && hasNot('broker: connect')(s)]
  ]
  let same = true
  for (const [name, how, right] of cases) {
    const seen = await session(how)
    console.log(`${name}: ${seen}`)
    if (!right(seen)) same = false
  }
  if (!same) console.log('mqtt.js behaves differently from what is stated here')
  process.exit(same ? 0 : 1)
}
main()
END
node main.js
