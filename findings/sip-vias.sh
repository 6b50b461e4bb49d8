#!/usr/bin/env bash
# The Node package sip answers with a Via "[2001" if a proxy on the way has an IPv6 address, and unregisters "<*>".
#
# Expected: a SIP server copies all Via lines of a request into its response, each with its branch, for the proxies on the way
# back find their transactions by it (RFC 3261 sections 8.2.6.2 and 18.2.2). A host may be an IPv6 address in
# brackets, and so may "received", there without brackets (section 25.1, RFC 5118 section 4.5). A client that
# removes all its registrations sends "Contact: *", which is no address (section 10.2.2). "e" is the short
# form of Content-Encoding (section 20.12).
# Seen, the Node package sip 0.0.6 as a server over UDP on 127.0.0.1, and its parse() and stringify():
# - A Via ends at the first colon of an IPv6 address. "[2001:db8::7]:5060;branch=..." is the host "[2001" without a port
#   and without a branch, and so it is sent back: the next proxy cannot deliver the response.
# - "received=2001:db8::9" is 2001. The parameters after it are gone, and so are all further Vias of the same line: a
#   response to a request that came through three proxies has two of them.
# - "Contact: *" is a list with an address "*", and is written as "Contact:  <*>", which a registrar refuses or
#   takes for one address.
# - "e: gzip" becomes a header "contact-encoding".
# The handler is called as usual, without an error. IPv4 addresses and names are right.
# Consequence: if IPv6 may be on the way, answer with the Via lines of the text that was received.
# Sources: the package's sip.js (parseVia takes a host of "[^\s;:]+", parseParams stops at what it does not know and
# parseMultiHeader after that; the parser of contact compares an object with '*'; compactForm).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund sip@0.0.6 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const dgram = require('dgram')
const { once } = require('events')
const sip = require('sip')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

// request returns a request with some lines of its own.
const request = (method, ...lines) => [
  `${method} sip:example.com SIP/2.0`, ...lines, 'Max-Forwards: 70', 'From: <sip:a@example.com>;tag=1', 'To: <sip:a@example.com>',
  'Call-ID: call', `CSeq: 1 ${method}`, 'Content-Length: 0', '', '',
].join('\r\n')

async function main() {
  const probe = dgram.createSocket('udp4')
  await new Promise((ready) => probe.bind(0, '127.0.0.1', ready))
  const { port } = probe.address()
  await new Promise((closed) => probe.close(closed))
  sip.start({ port, address: '127.0.0.1', tcp: false }, (rq) => sip.send(sip.makeResponse(rq, 200, 'OK')))

  const proxy = dgram.createSocket('udp4').bind(0, '127.0.0.1')
  await once(proxy, 'listening')
  let calls = 0
  // vias sends a request with these Vias below that of the sender, and returns those of the response below it.
  async function vias(...below) {
    const top = `SIP/2.0/UDP 127.0.0.1:${proxy.address().port};branch=z9hG4bKtop${calls++}`
    const text = request('OPTIONS', 'Via: ' + [top, ...below].join(', '))
    const answer = once(proxy, 'message')
    proxy.send(text, port, '127.0.0.1')
    return String((await answer)[0]).split('\r\n').filter((line) => line.startsWith('Via: ')).slice(1).join(', ')
  }
  const last = 'SIP/2.0/UDP last.example;branch=z9hG4bKlast'
  check('a name', await vias('SIP/2.0/UDP host.example:5060;branch=z9hG4bKlow', last),
    'Via: SIP/2.0/UDP host.example:5060;branch=z9hG4bKlow, Via: ' + last)
  check('received, IPv4', await vias('SIP/2.0/TCP host.example;received=192.0.2.9;branch=z9hG4bKlow', last),
    'Via: SIP/2.0/TCP host.example;received=192.0.2.9;branch=z9hG4bKlow, Via: ' + last)
  check('an IPv6 address', await vias('SIP/2.0/UDP [2001:db8::7]:5060;branch=z9hG4bKlow', last), 'Via: SIP/2.0/UDP [2001')
  check('received, IPv6', await vias('SIP/2.0/TCP host.example;received=2001:db8::9;branch=z9hG4bKlow', last),
    'Via: SIP/2.0/TCP host.example;received=2001')

  const via = 'Via: SIP/2.0/UDP host.example;branch=z9hG4bK1'
  const parsed = sip.parse(Buffer.from(request('REGISTER', via, 'Contact: *', 'Expires: 0', 'e: gzip')))
  check('Contact: *', JSON.stringify(parsed.headers.contact), '[{"uri":"*","params":{}}]')
  check('written again', sip.stringify(parsed).split('\r\n').find((line) => line.startsWith('Contact')), 'Contact:  <*>')
  check('e: gzip', `content-encoding ${parsed.headers['content-encoding']}, contact-encoding ${parsed.headers['contact-encoding']}`,
    'content-encoding undefined, contact-encoding gzip')

  if (!same) {
    console.log('sip behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node --no-deprecation main.js
