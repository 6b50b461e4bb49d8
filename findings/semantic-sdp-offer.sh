#!/usr/bin/env bash
# semantic-sdp writes an offer with other candidates, tones, names and RTCP than it has read, and stops at a rid.
#
# Expected: a package that parses an offer of a browser and writes it for another peer leaves what it knows as it was,
# and leaves out what it does not know. A candidate over TCP has a tcptype (RFC 6544 section 4.5). fmtp of
# telephone-event is a list of tones, 0-15 (RFC 4733 section 2.4.1). A header extension may have a direction
# (RFC 8285 section 5), and rtcp-rsize is only there if it was offered (RFC 5506 section 5). The cname ties
# the streams of a peer together (RFC 8834 section 4.9). "a=rid:hi send pt=111" is valid (RFC 8851 section 4).
# Seen, the Node package semantic-sdp 3.31.1, beside sdp-transform 2.15.0, on which it is built, and which writes all
# of these lines as they were:
# - A rid with one payload type throws "list[k].split is not a function", so the offer is not read at all. With two
#   types it works.
# - A candidate over TCP loses its tcptype, active, and is no candidate that a peer may use.
# - fmtp of telephone-event becomes "0-15=": no tone is in that list.
# - a=extmap:2/recvonly is a=extmap:2, which means both directions.
# - a=rtcp-rsize is added if the offer has rtcp-mux, so the other side may send RTCP that the offerer does not read.
# - The cname of a stream is replaced by the name of the stream. b=AS, ptime and rtcp-fb for all types are gone.
# Offers with candidates over UDP and no DTMF, as in the README, are right but for rtcp-rsize.
# Consequence: write offers with sdp-transform, and take "pt=" out of rids before this package reads them.
# Sources: semantic-sdp's dist/SDPInfo.js (parse: parseParams makes a number of one pt; toString) and
# dist/CandidateInfo.js (no tcptype).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund semantic-sdp@3.31.1 sdp-transform@2.15.0 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const { SDPInfo } = require('semantic-sdp')
const transform = require('sdp-transform')

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

// offer returns an offer of audio with these lines, of which those that begin with "b=" go in front.
const offer = (...lines) => [
  'v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 126', 'c=IN IP4 0.0.0.0', ...lines.filter((line) => line.startsWith('b=')),
  'a=ice-ufrag:abcd', 'a=ice-pwd:0123456789abcdef01234567', 'a=fingerprint:sha-256 AA:BB:CC', 'a=setup:actpass', 'a=mid:0', 'a=sendrecv',
  'a=rtcp-mux', 'a=rtpmap:111 opus/48000/2', 'a=rtpmap:126 telephone-event/8000', ...lines.filter((line) => line.startsWith('a=')), '',
].join('\r\n')

// difference returns the lines of the offer that are missing in the result, and those that are new.
function difference(before, after) {
  const [old, now] = [before, after].map((text) => text.split('\r\n').filter((line) => !/^[ovst]=|^a=msid-semantic|^a=rtcp:9/.test(line)))
  return [...old.filter((line) => !now.includes(line)).map((line) => `-${line}`), ...now.filter((line) => !old.includes(line)).map((line) => `+${line}`)].join(' ')
}
const rsize = '+a=rtcp-rsize'
for (const [what, lines, want] of [
  ['an offer', [], rsize],
  ['UDP', ['a=candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host'], rsize],
  ['TCP', ['a=candidate:2 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active'],
    `-a=candidate:2 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active +a=candidate:2 1 tcp 1518280447 192.0.2.1 9 typ host ${rsize}`],
  ['tones', ['a=fmtp:126 0-15'], `-a=fmtp:126 0-15 +a=fmtp:126 0-15= ${rsize}`],
  ['an extension', ['a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:ssrc-audio-level'],
    `-a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:ssrc-audio-level +a=extmap:2 urn:ietf:params:rtp-hdrext:ssrc-audio-level ${rsize}`],
  ['a cname', ['a=ssrc:42 cname:c1', 'a=ssrc:42 msid:s1 t1'], `-a=ssrc:42 cname:c1 +a=msid:s1 t1 +a=ssrc:42 cname:s1 ${rsize}`],
  ['bandwidth', ['b=AS:500', 'a=ptime:20', 'a=rtcp-fb:* transport-cc'], `-b=AS:500 -a=ptime:20 -a=rtcp-fb:* transport-cc ${rsize}`],
  ['a rid with two types', ['a=rid:hi send pt=111,126'], rsize],
  ['a rid with one type', ['a=rid:hi send pt=111'], 'list[k].split is not a function'],
]) {
  const before = offer(...lines)
  let got
  try {
    got = difference(before, SDPInfo.parse(before).toString())
  } catch (err) {
    got = err.message
  }
  check(what, got, want)
  check('  sdp-transform', difference(before, transform.write(transform.parse(before))), '')
}

if (!same) {
  console.log('one of the packages behaves differently from what is stated here')
  process.exit(1)
}
END
node --no-deprecation main.js
