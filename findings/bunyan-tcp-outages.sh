#!/usr/bin/env bash
# After its second outage bunyan-tcp sends "undefined" in place of records.
#
# Expected: a logger that keeps records while the server is away sends them in their
# order when it is back, after each outage. If there are more than the buffer holds (100
# unless set), the oldest are dropped and counted.
# Seen, bunyan-tcp 0.9.5: the ring buffer is emptied after an outage, but its counter goes
# on. The first outage is right. After that, of 25 records of the second outage 15 arrive,
# and then ten lines "undefined", which are no JSON. Of 60 records of the third outage,
# far fewer than the buffer holds, the first 25 are lost; "dropped_messages" says 45.
# A test with one outage passes. How many are lost depends on all outages before.
# Consequence: make a new stream after each outage, in a listener of "disconnect", or use
# a reader that skips lines that are no JSON and does not rely on the rest.
# Sources: index.js (drain replaces buffer and leaves messagesAdded as it is; the place of
# a record is messagesAdded modulo the size, and reading begins at messagesAdded modulo
# the number of records).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund bunyan-tcp@0.9.5 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const bunyanTcp = require('bunyan-tcp')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000)

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
const once = (emitter, event) => new Promise((done) => emitter.once(event, done))

// collector is a log server that can be stopped and started again on its port.
class Collector {
  conns = []
  text = ''

  async start(port) {
    this.server = net.createServer((c) => {
      this.conns.push(c)
      c.on('error', () => {})
      c.on('data', (bytes) => { this.text += bytes })
    })
    await new Promise((ready) => this.server.listen(port, '127.0.0.1', ready))
    return this.server.address().port
  }

  stop() {
    this.conns.forEach((c) => c.destroy())
    this.conns = []
    this.text = ''
    this.server.close()
  }
}

async function main() {
  const collector = new Collector()
  const port = await collector.start(0)
  const stream = bunyanTcp.createBunyanStream({ server: '127.0.0.1', port, reconnectDelay: 50 })
  let dropped = 0
  stream.on('socketError', () => {})
  stream.on('dropped_messages', (n) => { dropped = n })
  await once(stream, 'connect')

  // outage logs records 0 to n-1 while the collector is away, and returns what arrives.
  async function outage(n) {
    const gone = once(stream, 'disconnect')
    collector.stop()
    await gone
    await sleep(20)
    for (let i = 0; i < n; i++) stream.write({ i })
    dropped = 0
    await collector.start(port)
    await once(stream, 'connect')
    stream.write({ i: 'back' })
    while (!collector.text.includes('back')) await sleep(10)
    const lines = collector.text.split('\n').filter((line) => line && !line.includes('back'))
    const records = lines.filter((line) => line !== 'undefined').map((line) => JSON.parse(line).i)
    const undefineds = lines.length - records.length
    console.log(`${n} records: ${records.length} arrive, first ${records[0]}, last ${records.at(-1)}; ` +
      `lines "undefined": ${undefineds}; dropped_messages: ${dropped}`)
    return [records.length, records[0], undefineds, dropped].join()
  }

  const seen = [await outage(60), await outage(25), await outage(60)]
  if (seen.join(' ') !== '60,0,0,0 15,10,10,0 35,25,10,45') {
    console.log('bunyan-tcp behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
