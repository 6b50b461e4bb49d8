#!/usr/bin/env bash
# The Node package mpd makes two songs of one with two artists, and one entry of a song and a folder.
#
# Expected: in the Music Player Daemon's lists an entry begins with "file:", "directory:" or "playlist:". A song may
# have a tag several times, as for two artists. An empty list has no lines (MPD's protocol documentation,
# "Tags" and "The music database"). The client has a function for lists, which returns one object for each entry.
# Seen, the Node package mpd 1.3.0 with answers as MPD 0.23.12 gives them:
# - parseArrayMessage() begins an entry at each key that the current one has already. At the second "Artist:" the song
#   ends, and has no duration. What is behind it is added to the next song, and the rest of that one is an entry
#   of its own: of two songs, a duet and a solo, it makes three entries, and the solo is by the wrong artist.
# - The folder after the last song is in one object with that song, whose path and title it has; the date of the folder
#   is an entry of its own.
# - An empty playlist is a list of one entry, {}.
# A list of songs with one artist each is right, and commands with one entry are, too.
# Consequence: split the text at lines that begin with file:, directory: or playlist: yourself, and use
# parseKeyValueMessage() for each part, which keeps the last of several artists.
# Sources: the package's index.js (parseArrayMessage looks for a key that is there, and for no other border).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund mpd@1.3.0 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const { once } = require('events')
const mpd = require('mpd')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const SOLO = 'file: solo.flac\nLast-Modified: 2026-11-29T16:18:32Z\nTitle: Solo\nArtist: Cleo\nduration: 1.000\n'
const DUET = 'file: duet.flac\nLast-Modified: 2026-11-29T16:18:32Z\nTitle: Duet\nArtist: Ann\nArtist: Ben\nduration: 2.000\n'
const FOLDER = 'directory: Jazz\nLast-Modified: 2026-11-01T00:00:00Z\n'
const ANSWERS = {
  solos: SOLO + SOLO + 'OK\n',
  duet: DUET + SOLO + 'OK\n',
  folder: SOLO + FOLDER + 'OK\n',
  empty: 'OK\n',
}

// connect starts a server that answers what is in ANSWERS, and "idle" after a "noidle", and returns a function that
// calls a command and returns the values of each entry.
async function connect() {
  const server = net.createServer((conn) => {
    conn.on('error', () => {})
    conn.write('OK MPD 0.23.5\n')
    let text = ''
    conn.on('data', (bytes) => {
      text += bytes
      const lines = text.split('\n')
      text = lines.pop()
      for (const line of lines) {
        if (line === 'noidle') conn.write('OK\n')
        else if (line !== 'idle') conn.write(ANSWERS[line])
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = mpd.connect({ host: '127.0.0.1', port: server.address().port })
  await once(client, 'ready')
  return (command) => new Promise((done) => {
    client.sendCommand(command, (err, msg) => {
      if (err) return done(err.message)
      done(mpd.parseArrayMessage(msg).map((entry) => `[${Object.values(entry).join()}]`).join(' '))
    })
  })
}

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

const DAY = '2026-11-29T16:18:32Z'
const SOLO_READ = `[solo.flac,${DAY},Solo,Cleo,1.000]`

async function main() {
  const list = await connect()
  check('two songs', await list('solos'), `${SOLO_READ} ${SOLO_READ}`)
  check('two songs, the first with two artists', await list('duet'),
    `[duet.flac,${DAY},Duet,Ann] [Ben,2.000,solo.flac,${DAY},Solo] [Cleo,1.000]`)
  check('a song and a folder', await list('folder'), `[solo.flac,${DAY},Solo,Cleo,1.000,Jazz] [2026-11-01T00:00:00Z]`)
  check('nothing', await list('empty'), '[]')

  if (!same) {
    console.log('mpd behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node main.js
