#!/usr/bin/env bash
# m3u8-file-parser begins each byte range at zero and reads 1280x720 as 1280, and three others cut titles.
#
# Expected: an EXT-X-BYTERANGE without an offset begins where the range before it ended (RFC 8216 section 4.3.2.2). The
# title in EXTINF is what is behind the first comma (4.3.2.1). A resolution has two numbers, and codecs are
# separated by commas (4.2, 4.3.4.2). EXT-X-I-FRAME-STREAM-INF is complete in itself, without a line for the
# URI (4.3.4.3). An EXT-X-KEY counts for all segments up to the next one (4.3.2.4).
# Seen, the Node packages m3u8-file-parser 0.2.4, m3u8 0.0.10, @eyevinn/m3u8 0.5.9 and parse-hls 1.0.7, beside
# hls-parser 0.16.1, which reads all of it right:
# - m3u8-file-parser, "built against RFC8216", says offset 0 for the second range of a file: a player gets the first
#   bytes again, with the length of the second segment. RESOLUTION=1280x720 is 1280, and of two codecs it makes
#   one. The I-frame playlist becomes a part of the variant that follows.
# - In m3u8, @eyevinn/m3u8 and parse-hls the title "Act 1, scene 2" is "Act 1".
# - m3u8 keeps one key for a playlist, the last: if the beginning is encrypted and the rest is not, it says
#   METHOD=NONE, and nothing else. @eyevinn/m3u8 has a key at the first segment of those it counts for.
# A playlist with one file for each segment, without keys, is right in all.
# Consequence: take hls-parser.
# Sources: m3u8-file-parser's src/parser/ext-x-byterange.js and ext-x-stream-inf.js (parseInt; split(';')); parser.js
# of m3u8 and @eyevinn/m3u8 (EXTINF: split(',')); parse-hls' dist.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund m3u8-file-parser@0.2.4 m3u8@0.0.10 @eyevinn/m3u8@0.5.9 parse-hls@1.0.7 hls-parser@0.16.1 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const { Readable } = require('stream')
const hls = require('hls-parser')
const FileParser = require('m3u8-file-parser')
const ParseHls = require('parse-hls').default

let same = true
function check(what, got, want) {
  console.log(`${what}: ${JSON.stringify(got)}`)
  same = same && JSON.stringify(got) === JSON.stringify(want)
}

function byFile(text) {
  const parser = new FileParser()
  parser.read(text)
  return parser.getResult()
}
const byStream = (name, text) => new Promise((done, fail) => {
  const stream = require(name).createStream()
  stream.on('m3u', done).on('error', fail)
  Readable.from([Buffer.from(text)]).pipe(stream)
})

const media = `#EXTM3U
#EXT-X-VERSION:4
#EXT-X-TARGETDURATION:10
#EXT-X-KEY:METHOD=AES-128,URI="https://example.net/key"
#EXTINF:9.5,Act 1, scene 1
#EXT-X-BYTERANGE:1000@720
play.ts
#EXTINF:9.5,Act 1, scene 2
#EXT-X-BYTERANGE:2000
play.ts
#EXT-X-KEY:METHOD=NONE
#EXTINF:9.5,Act 2
credits.ts
#EXT-X-ENDLIST
`
const master = `#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=1280000,CODECS="avc1.4d401f,mp4a.40.2",RESOLUTION=1280x720
middle.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=86000,URI="frames.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=640000,CODECS="avc1.4d401f,mp4a.40.2",RESOLUTION=640x360
low.m3u8
`

async function main() {
  const right = hls.parse(media).segments
  check('the second range, hls-parser', right[1].byterange, { length: 2000, offset: 1720 })
  check('the second range, m3u8-file-parser', byFile(media).segments[1].byteRange, { length: 2000, offset: 0 })
  const old = await byStream('m3u8', media)
  const fork = await byStream('@eyevinn/m3u8', media)
  check('the second title, hls-parser', right[1].title, 'Act 1, scene 2')
  check('the second title, m3u8-file-parser', byFile(media).segments[1].inf.title, 'Act 1, scene 2')
  check('the second title, m3u8', old.items.PlaylistItem[1].get('title'), 'Act 1')
  check('the second title, @eyevinn/m3u8', fork.items.PlaylistItem[1].get('title'), 'Act 1')
  const titles = new ParseHls(media).segments.map((segment) => segment.properties.find((property) => property.tagName === 'EXTINF').attributes.title)
  check('the titles, parse-hls', titles, ['Act 1', 'Act 1', 'Act 2'])
  check('the keys, hls-parser', right.map((segment) => segment.key.method), ['AES-128', 'AES-128', 'NONE'])
  check('the keys, m3u8-file-parser', byFile(media).segments.map((segment) => segment.key.method), ['AES-128', 'AES-128', 'NONE'])
  check('the key, m3u8', old.get('EXT-X-KEY'), 'METHOD=NONE')
  check('the keys, @eyevinn/m3u8', fork.items.PlaylistItem.map((item) => item.attributes.get('key-method') ?? null), ['AES-128', null, 'NONE'])

  const variants = hls.parse(master).variants.filter((variant) => !variant.isIFrameOnly)
  check('the variants, hls-parser', variants.map(({ uri, resolution }) => [uri, resolution.width, resolution.height]),
    [['middle.m3u8', 1280, 720], ['low.m3u8', 640, 360]])
  const byParser = byFile(master).segments
  check('the resolutions, m3u8-file-parser', byParser.map((segment) => segment.streamInf.resolution), [1280, 640])
  check('the codecs, m3u8-file-parser', byParser[0].streamInf.codecs, ['avc1.4d401f,mp4a.40.2'])
  check('the variant of low.m3u8, m3u8-file-parser', Object.keys(byParser[1]), ['isMasterPlaylist', 'iFrameStreamInf', 'streamInf', 'url'])

  if (!same) {
    console.log('one of the packages behaves differently from what is stated here')
    process.exit(1)
  }
}
main()
END
node --no-deprecation main.js
