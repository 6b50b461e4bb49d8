#!/usr/bin/env bash
# webrtc-stun takes the request of each browser for a forged one, and three STUN packages for Node refuse those of RFC 5769.
#
# Expected: FINGERPRINT and MESSAGE-INTEGRITY of a STUN message are computed over its bytes as they are on the wire, with
# attributes that the receiver does not know and with padding, whose value does not matter (RFC 5389 sections 14, 15.4
# and 15.5). An agent that checks a path for WebRTC sends PRIORITY in each request, and USE-CANDIDATE, which is empty, in the
# one that it chooses (RFC 8445 section 7.1). RFC 5769 has messages to test with, whose padding is spaces.
# Seen, the Node packages webrtc-stun 3.0.0, stun 2.1.0 and @msimerson/stun 3.2.1:
# - webrtc-stun computes both over the message as it would write it, without what it does not know. A request with PRIORITY,
#   or with one of the attributes that Chrome adds, has neither the right fingerprint nor the right integrity.
# - To a request with USE-CANDIDATE loadBuffer() says false: it is no STUN message.
# - All three write padding as zeros before they compute. A request with a user name of 9 bytes and spaces behind it, as in
#   RFC 5769, fails in each of them.
# Requests that a package has made itself pass, and so do those without attributes like these.
# Consequence: compute both yourself, over the datagram as it came.
# Sources: webrtc-stun's lib/message.js (validateFingerprint calls toBuffer; loadBuffer returns false for the length 0) and its
# README ("STUN implementation for WebRTC"); lib/validate.js of the other two (encode(message)); RFC 5769 section 2.1.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund webrtc-stun@3.0.0 stun@2.1.0 @msimerson/stun@3.2.1 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const { createHmac } = require('crypto')
const stun = require('stun')
const fork = require('@msimerson/stun')
const webrtc = require('webrtc-stun')

const KEY = 'the password of this session'

// crc32 is the checksum of zlib and Ethernet.
function crc32(bytes) {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc
}

function attribute(type, value, padding = 0) {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(value.length, 2)
  return Buffer.concat([head, value, Buffer.alloc((4 - value.length % 4) % 4, padding)])
}

// request returns a binding request with the attributes, and with the two checks behind them.
function request(...attributes) {
  const message = (length, body) => {
    const head = Buffer.alloc(20, 7)
    head.writeUInt16BE(1, 0)
    head.writeUInt16BE(length, 2)
    head.writeUInt32BE(0x2112a442, 4)
    return Buffer.concat([head, body])
  }
  let body = Buffer.concat(attributes)
  const digest = createHmac('sha1', KEY).update(message(body.length + 24, body)).digest()
  body = Buffer.concat([body, attribute(0x0008, digest)])
  const sum = Buffer.alloc(4)
  sum.writeInt32BE(crc32(message(body.length + 8, body)) ^ 0x5354554e)
  return message(body.length + 8, Buffer.concat([body, attribute(0x8028, sum)]))
}

// Each function returns whether the message was read, and whether fingerprint and integrity are right.
const READERS = {
  'webrtc-stun': (bytes) => {
    const message = webrtc.createBlank()
    const log = console.log
    console.log = () => {}
    const read = message.loadBuffer(bytes)
    const result = [read, read && message.isBindingRequest({ fingerprint: true }), read && message.isBindingRequest({ integrityKey: KEY })]
    console.log = log
    return result
  },
  stun: (bytes) => [true, stun.validateFingerprint(stun.decode(bytes)), stun.validateMessageIntegrity(stun.decode(bytes), KEY)],
  '@msimerson/stun': (bytes) => [true, fork.validateFingerprint(fork.decode(bytes)), fork.validateMessageIntegrity(fork.decode(bytes), KEY)],
}

let same = true
function check(what, bytes, ...wants) {
  Object.entries(READERS).forEach(([name, read], i) => {
    const [message, fingerprint, integrity] = read(bytes)
    const got = !message ? 'no message' : `fingerprint ${fingerprint}, integrity ${integrity}`
    console.log(`${what}, ${name}: ${got}`)
    same = same && got === wants[i]
  })
}

const RIGHT = 'fingerprint true, integrity true'
const WRONG = 'fingerprint false, integrity false'
const user = attribute(0x0006, Buffer.from('here:over'))
check('user name', request(user), RIGHT, RIGHT, RIGHT)
check('PRIORITY', request(user, attribute(0x0024, Buffer.from([0x6e, 0, 1, 0xff]))), WRONG, RIGHT, RIGHT)
check('an attribute of Chrome', request(user, attribute(0xc057, Buffer.from([0, 0, 0, 10]))), WRONG, RIGHT, RIGHT)
check('USE-CANDIDATE', request(user, attribute(0x0025, Buffer.alloc(0))), 'no message', RIGHT, RIGHT)
check('padding of spaces', request(attribute(0x0006, Buffer.from('here:over'), 0x20)), WRONG, WRONG, WRONG)

const sent = webrtc.createBindingRequest().setUsernameAttribute('here:over').setMessageIntegrityAttribute(KEY).setFingerprintAttribute()
check('sent by webrtc-stun', sent.toBuffer(), RIGHT, RIGHT, RIGHT)

if (!same) {
  console.log('one of the packages behaves differently from what is stated here')
  process.exit(1)
}
END
node --no-deprecation main.js
