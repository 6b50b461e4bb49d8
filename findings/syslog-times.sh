#!/usr/bin/env bash
# winston-syslog's RFC 5424 times are wrong by the time zone, and pino-syslog makes an error of an emergency.
#
# Expected: a time in syslog is the local time with its offset, or UTC with Z, and the fraction counts in decimal
# places: 6 ms are .006 (RFC 5424 section 6.2.3, RFC 3339). The text is everything behind the structured data,
# brackets, too (section 6.4). The number at the front has a severity from 0, emergency, to 7 (6.2.1).
# Seen, the Node packages winston-syslog 2.7.1 with winston 3.19.0, both its library glossy 0.1.7, and pino-syslog
# 4.0.0:
# - glossy writes the time of UTC with the offset of the local zone. In Tokyo each message is nine hours old, in
#   Phoenix seven hours in the future. So are those of winston-syslog with the type RFC5424. BSD, its default, is
#   right.
# - glossy writes 6 ms as .06 and 45 ms as .45: the order of messages within a second is lost.
# - glossy's parser takes the last "] " for the end of the structured data: of the text "job [7] done" it returns
#   "done". Without structured data the text is whole.
# - pino-syslog's customLevels with the severity "emergency" send 3, error. A level that it does not know, as 35,
#   begins with "<NaN>", which no receiver takes; its README promises error.
# On a server that runs in UTC the first does not show. The fork @myndzi/glossy 0.1.13 has the right times.
# Consequence: run with TZ=UTC, or leave winston-syslog at BSD. Name each level for pino-syslog, and take "alert" as
# the highest severity.
# Sources: glossy's lib/glossy/produce.js (getUTCHours beside getTimezoneOffset; leadZero makes two digits) and
# lib/glossy/parse.js; pino-syslog's lib/utils.js (severity[...] || severity.error) and Readme.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund winston@3.19.0 winston-syslog@2.7.1 glossy@0.1.7 @myndzi/glossy@0.1.13 pino-syslog@4.0.0 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >glossy.js <<'END'
// Prints what winston-syslog sends in the zone of this process, how wrong its time is in hours, and glossy's times.
const dgram = require('dgram')
const winston = require('winston')
require('winston-syslog')
const { Produce } = require('glossy')
const Fork = require('@myndzi/glossy').Produce

const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1', () => {
  const { port } = socket.address()
  const logger = winston.createLogger({ transports: [new winston.transports.Syslog({ host: '127.0.0.1', port, protocol: 'udp4', app_name: 'app', type: 'RFC5424' })] })
  socket.once('message', (message) => {
    const time = String(message).split(' ')[1]
    console.log(`winston-syslog: ${Math.round((Date.parse(time) - Date.now()) / 3600e3)} hours`)
    for (const ms of [6, 45, 250]) {
      const date = new Date(Date.UTC(2026, 11, 1, 10, 0, 0, ms))
      const [old, fork] = [Produce, Fork].map((From) => new From({}).produce({ facility: 'user', severity: 'error', host: 'h', appName: 'app', date, message: 'x' }).split(' ')[1])
      console.log(`${date.toISOString()}: glossy ${old}, @myndzi/glossy ${fork}`)
    }
    process.exit(0)
  })
  logger.error('disk is full')
})
setTimeout(() => { console.log('nothing came in 20 s'); process.exit(1) }, 20000).unref()
END
cat >main.js <<'END'
const { execFileSync } = require('child_process')
const { Parse } = require('glossy')
const { messageBuilderFactory } = require('pino-syslog/lib/rfc5424')
const { buildOptions } = require('pino-syslog/lib/utils')

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

for (const [zone, hours, times] of [
  ['UTC', 0, ['10:00:00.06Z', '10:00:00.006Z', '10:00:00.45Z', '10:00:00.045Z', '10:00:00.250Z', '10:00:00.250Z']],
  ['Asia/Tokyo', -9, ['10:00:00.06+09:00', '19:00:00.006+09:00', '10:00:00.45+09:00', '19:00:00.045+09:00', '10:00:00.250+09:00', '19:00:00.250+09:00']],
  ['America/Phoenix', 7, ['10:00:00.06-07:00', '03:00:00.006-07:00', '10:00:00.45-07:00', '03:00:00.045-07:00', '10:00:00.250-07:00', '03:00:00.250-07:00']],
]) {
  const [first, ...rest] = execFileSync(process.execPath, ['--no-deprecation', 'glossy.js'], { encoding: 'utf8', env: { ...process.env, TZ: zone } }).trim().split('\n')
  check(`${zone}, winston-syslog`, first.split(': ')[1], `${hours} hours`)
  for (const [i, line] of rest.entries()) {
    const [what, got] = line.split(': ')
    check(`${zone}, ${what}`, got, `glossy 2026-12-01T${times[2 * i]}, @myndzi/glossy 2026-12-01T${times[2 * i + 1]}`)
  }
}

const head = '<13>1 2026-12-01T10:00:00Z host app 1 - '
for (const [text, want] of [['[a@1 x="1"] disk is full', 'disk is full'], ['[a@1 x="1"] job [7] done', 'done'], ['- job [7] done', 'job [7] done']]) {
  Parse.parse(head + text, (message) => check(`glossy's parser, ${text}`, message.message, want))
}

const options = buildOptions({ appname: 'app', messageOnly: true, customLevels: {
  emergency: { level: 70, syslogSeverity: 'emergency' }, alert: { level: 65, syslogSeverity: 'alert' } } })
for (const [what, level, want] of [['emergency', 70, '<131>1'], ['alert', 65, '<129>1'], ['error', 50, '<131>1'], ['35', 35, '<NaN>1']]) {
  const line = messageBuilderFactory(options)({ level, time: Date.UTC(2026, 11, 1), pid: 1, hostname: 'host', msg: 'x' })
  check(`pino-syslog, ${what}`, line.split(' ')[0], want)
}

if (!same) {
  console.log('one of the packages behaves differently from what is stated here')
  process.exit(1)
}
END
node --no-deprecation main.js
