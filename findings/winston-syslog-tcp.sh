#!/usr/bin/env bash
# winston-syslog puts nothing between two messages over TCP, and close() does not end it.
#
# Expected: a syslog message over TCP ends with a newline, or has its length in front (RFC
# 6587 section 3.4), so that the server can tell two messages apart. close() of a
# transport closes its conn, for good.
# Seen, winston-syslog 2.7.1 with winston 3.19.0, protocol "tcp4":
# - The messages follow each other without any mark. A server that reads lines waits for
#   the first newline and then has one record of all messages. Over UDP, the package's
#   default, each message has its datagram, so a change of "protocol" alone breaks it.
# - close() closes the conn, and a second later the transport connects again, as after a
#   conn that was lost. The server keeps an idle client, and the program does not exit.
# Consequence: set the option eol to "\n", and make sure that no message has one inside.
# After close(), leave with process.exit.
# Sources: lib/winston-syslog.js (log adds endOfLine only if it is set; the listener of
# "close" always connects again); the README on eol; the project's issue 47.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund winston-syslog@2.7.1 winston@3.19.0 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const winston = require('winston')
const { Syslog } = require('winston-syslog')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

// log sends two messages with a pause between them, and returns what the server read.
async function log(options) {
  let text = ''
  let conns = 0
  const server = net.createServer((c) => {
    conns++
    c.on('data', (bytes) => { text += bytes })
    c.on('error', () => {})
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const transport = new Syslog({
    host: '127.0.0.1', port: server.address().port, protocol: 'tcp4', localhost: 'host', app_name: 'app', pid: 1, ...options,
  })
  const logger = winston.createLogger({
    levels: winston.config.syslog.levels, format: winston.format.printf((info) => info.message), transports: [transport],
  })
  for (const message of ['disk full', 'disk replaced']) {
    logger.info(message)
    while (!text.includes(message)) await sleep(10)
  }
  transport.close()
  const before = conns
  for (let i = 0; conns === before && i < 50; i++) await sleep(100)
  server.close()
  return { text, again: conns - before }
}

async function main() {
  const plain = await log({})
  console.log(`read from one conn: ${JSON.stringify(plain.text)}`)
  console.log(`conns after close(): ${plain.again}`)
  const lines = await log({ eol: '\n' })
  console.log(`with eol: ${JSON.stringify(lines.text)}`)
  const glued = /^<134>.*disk full<134>.*disk replaced$/.test(plain.text)
  if (!glued || plain.again !== 1 || !/disk full\n<134>.*disk replaced\n$/.test(lines.text)) {
    console.log('winston-syslog behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
