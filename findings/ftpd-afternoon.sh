#!/usr/bin/env bash
# The Node package ftpd tells the time of a file on a clock of twelve hours, and takes a segment for a command.
#
# Expected: MDTM answers with the time of the last change, 20261129161832 for 16:18:32, in UTC (RFC 3659
# sections 2.3 and 3.1). Clients use it to find out what is newer than their copy. A command ends with CR
# LF, however many segments it takes, and however many commands are in one (RFC 959 section 5.3).
# Seen, ftpd 0.2.16 with curl 7.88.1 and with commands by hand:
# - A file that was changed at 16:18:32 has the time 041832, and one of 00:30 has 123000. With its option
#   -z, curl does not replace a copy of noon by what was changed in the afternoon: exit status 0, and nothing
#   is printed. With -R the copy gets the wrong time.
# - The time is that of the server's zone.
# - A command in two segments is carried out as far as it has come: of "DELE morning", cut after "mor",
#   the file "mor" is deleted, if there is one, and the rest is an unknown command.
# - Two commands in a segment are one with a strange argument: of two DELE none is carried out, and there
#   is one answer, 550.
# In the morning the hour is right, if the server runs under UTC. On loopback a command of a usual client is
# one segment.
# Consequence: compare sizes or contents, not times; keep it to networks that do not cut small segments.
# Sources: ftpd's lib/FtpConnection.js (_command_MDTM: dateformat with "hh", which is 01 to 12, where "HH" is 00 to
# 23; _onData).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
case $(curl --version 2>/dev/null) in
"curl 7.88.1 "*) ;;
*) echo "skipped: there is no curl 7.88.1, the version of Debian 12"; exit 77 ;;
esac
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund ftpd@0.2.16 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const fs = require('fs')
const net = require('net')
const { once } = require('events')
const { execFile } = require('child_process')
const { promisify } = require('util')
const { FtpServer } = require('ftpd')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

async function main() {
  fs.mkdirSync('root', { recursive: true })
  const server = new FtpServer('127.0.0.1', {
    getInitialCwd: () => '/',
    getRoot: () => `${process.cwd()}/root`,
    logLevel: 0,
  })
  server.on('client:connected', (client) => {
    client.on('command:user', (name, done) => done())
    client.on('command:pass', (password, done) => done('bob'))
  })
  server.listen(0)
  await once(server.server, 'listening')
  const port = server.server.address().port

  // ask logs in, sends each part in a segment of its own, and returns the answers to them.
  async function ask(...parts) {
    const conn = net.connect({ port, host: '127.0.0.1', noDelay: true })
    let text = ''
    conn.on('data', (bytes) => { text += bytes })
    for (const line of ['USER bob\r\n', 'PASS secret\r\n', ...parts]) {
      await sleep(200)
      if (line === parts[0]) text = ''
      conn.write(line)
    }
    await sleep(300)
    conn.destroy()
    return text.trim().split('\r\n').join(' | ')
  }
  const put = (name, time) => {
    fs.writeFileSync(`root/${name}`, name)
    fs.utimesSync(`root/${name}`, new Date(time), new Date(time))
  }
  put('afternoon', '2026-11-29T16:18:32Z')
  put('night', '2026-11-29T00:30:00Z')
  put('morning', '2026-11-29T09:30:00Z')

  const zone = process.env.TZ
  if (zone !== 'UTC') {
    check(`${zone}: MDTM morning`, await ask('MDTM morning\r\n'), '213 20261129103000')
  } else {
    check('MDTM morning', await ask('MDTM morning\r\n'), '213 20261129093000')
    check('MDTM afternoon', await ask('MDTM afternoon\r\n'), '213 20261129041832')
    check('MDTM night', await ask('MDTM night\r\n'), '213 20261129123000')

    // A copy of noon, and the file that was changed at 16:18:32.
    const curl = (...args) => promisify(execFile)('curl', ['--silent', '--show-error', '--max-time', '20', '--user', 'bob:secret', ...args])
    fs.writeFileSync('copy', 'noon')
    fs.utimesSync('copy', new Date('2026-11-29T12:00:00Z'), new Date('2026-11-29T12:00:00Z'))
    await curl('-z', 'copy', '-o', 'copy', `ftp://127.0.0.1:${port}/afternoon`)
    check('the copy after curl -z', fs.readFileSync('copy', 'utf8'), 'noon')
    await curl('-R', '-o', 'second', `ftp://127.0.0.1:${port}/afternoon`)
    check('the time of a copy by curl -R', fs.statSync('second').mtime.toISOString(), '2026-11-29T04:18:32.000Z')

    put('mor', '2026-11-29T09:30:00Z')
    check('DELE mor|ning', await ask('DELE mor', 'ning\r\n'), '250 File deleted | 502 Command not implemented.')
    check('two DELE in one segment', await ask('DELE morning\r\nDELE night\r\n'), '550 Permission denied')
    check('what is left', fs.readdirSync('root').join(', '), 'afternoon, morning, night')
    check('DELE in a segment', await ask('DELE night\r\n'), '250 File deleted')
  }

  if (!same) {
    console.log('ftpd behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
TZ=UTC node --no-deprecation main.js
TZ=Europe/Berlin node --no-deprecation main.js
