#!/usr/bin/env bash
# winston3-logstash-transport sends nothing any more after its first conn has ended or failed.
#
# Expected: a transport that has options for retries connects again when its conn ends, however
# it ends, and sends what was logged in between or drops it. TCP has no borders between
# records, so each ends with a newline.
# Seen, winston3-logstash-transport 1.2.3 with winston 3.19.0, mode "tcp":
# - After the server's FIN, as at a restart, the transport stays "CONNECTED" and never
#   connects again, though the server is there. All later records are lost.
# - After a reset it does connect again. But it emits "close" for itself, upon which
#   winston's logger stops writing to it, so all later records are lost as well.
#   Neither emits "error"; winston warns on stderr that it has no transports.
# - If the port refuses at first, the records that wait arrive when the server is up, and
#   no later ones do, for the same reason.
# - Records are written without anything between them unless trailingLineFeed is set.
# Consequence: set trailingLineFeed, and when transport.socket emits "close", remove the
# transport from the logger and add a new one.
# Sources: index.js (the listener of "close" calls connect, which returns if the state is
# CONNECTED; the listener of "error" changes the state, and emits "close" of the transport);
# Node's documentation of readable.pipe, which ends when its target emits "close".
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund winston3-logstash-transport@1.2.3 winston@3.19.0 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const winston = require('winston')
const LogstashTransport = require('winston3-logstash-transport')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

// Server is a log server that can end its conns in two ways.
class Server {
  conns = new Set()
  text = ''

  async start(port) {
    this.server = net.createServer((c) => {
      this.conns.add(c)
      c.on('error', () => {})
      c.on('close', () => this.conns.delete(c))
      c.on('data', (bytes) => { this.text += bytes })
    })
    await new Promise((ready) => this.server.listen(port, '127.0.0.1', ready))
    return this.server.address().port
  }

  end(reset) {
    this.text = ''
    for (const c of this.conns) reset ? c.resetAndDestroy() : c.end()
  }
}

const wait = async (condition) => { while (!condition()) await sleep(10) }

async function main() {
  const server = new Server()
  const port = await server.start(0)

  // connect makes a logger, and waits until its first record has arrived.
  async function connect(options) {
    const transport = new LogstashTransport({ mode: 'tcp', host: '127.0.0.1', port, formatted: false, ...options })
    const logger = winston.createLogger({ transports: [transport] })
    server.text = ''
    logger.info('first')
    await wait(() => server.text.includes('first'))
    return logger
  }

  // after ends the conn, logs five records in the next two seconds, and says what arrives.
  async function after(reset) {
    const logger = await connect({ trailingLineFeed: true })
    server.end(reset)
    for (let i = 0; i < 5; i++) {
      await sleep(400)
      logger.info('record ' + i)
    }
    await sleep(1000)
    return server.text || 'nothing'
  }

  const fin = await after(false)
  const reset = await after(true)
  console.log(`five records after the server's FIN: ${fin} arrives; after a reset: ${reset}`)

  server.server.close()
  server.end(true)
  const options = { mode: 'tcp', host: '127.0.0.1', port, trailingLineFeed: true, formatted: false }
  const refused = new LogstashTransport(options)
  const logger = winston.createLogger({ transports: [refused] })
  logger.info('waits')
  await sleep(200)
  await server.start(port)
  await wait(() => server.text.includes('waits'))
  logger.info('later')
  await sleep(1000)
  const afterRefusal = server.text.trim()
  console.log(`the port refuses at first, two records: ${afterRefusal} arrives`)

  const plain = await connect({})
  plain.info('second')
  await wait(() => server.text.includes('second'))
  const glued = server.text.includes('}{')
  console.log(`two records: ${server.text}`)

  if (fin !== 'nothing' || reset !== 'nothing' || afterRefusal.includes('later') || !glued) {
    console.log('winston3-logstash-transport behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
