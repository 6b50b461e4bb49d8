#!/usr/bin/env bash
# The Node package radius refuses radclient's CoA-Requests with a Message-Authenticator, and nests tagged attributes.
#
# Expected: CoA-Request and Disconnect-Request may have a Message-Authenticator. It is computed with 16 zero
# bytes in place of the authenticator, which is computed after it (RFC 5176 section 3.4). An
# attribute that comes twice is an array of two equal parts. The answer to a proxy repeats its
# Proxy-State. What encode returns, decode takes.
# Seen, radius 1.1.4 with Debian's radclient (freeradius-utils 3.2.1+dfsg-4+deb12u1):
# - CoA-Request and Disconnect-Request of radclient with a Message-Authenticator are an error,
#   "Message-Authenticator mismatch (possible shared secret mismatch)". Without it they are taken, and
#   so is an Access-Request with it.
#   With add_message_authenticator, encode computes the authenticator too early: decode refuses the
#   package's own CoA-Request, "authenticator mismatch".
# - Two attributes with tags 1 and 2, as Tunnel-Type for two tunnels, are [1, "VLAN", [2, "L2TP"]]: the
#   first has its two parts outside, the second inside. One alone is [1, "VLAN"].
# - attributes of encode_response may be an object, as its README shows for encode. If the request has
#   a Proxy-State, the call throws "push is not a function": with the first request that a proxy
#   has forwarded. With an array it works.
# Consequence: give encode_response an array. Take the tags from raw_attributes. Tell the sender of
# CoA-Requests to leave the Message-Authenticator out.
# Sources: radius' lib/radius.js (_encode_with_authenticator computes the checksum before the HMAC;
# _verify_request_message_authenticator copies the authenticator back; decode_attributes takes the pair of
# tag and value for an array of values; encode_response pushes to args.attributes) and README.
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
version=3.2.1+dfsg-4+deb12u1
{ apt-get download freeradius-utils=$version freeradius-common=$version libfreeradius3=$version &&
  apt-get download libtalloc2 libpcap0.8 libpcre3 libgdbm6; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund radius@1.1.4 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const dgram = require('dgram')
const { once } = require('events')
const { spawn } = require('child_process')
const radius = require('radius')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

const secret = 'secret'
const answers = {
  'Access-Request': 'Access-Accept',
  'CoA-Request': 'CoA-ACK',
  'Disconnect-Request': 'Disconnect-ACK',
}

async function main() {
  const tunnels = [['Tunnel-Type', 1, 'VLAN'], ['Tunnel-Type', 2, 'L2TP'], ['Reply-Message', 'hello']]
  const server = dgram.createSocket('udp4')
  let attributes = tunnels
  let note
  server.on('message', (bytes, from) => {
    try {
      const packet = radius.decode({ packet: bytes, secret })
      delete packet.attributes['Message-Authenticator']
      note = JSON.stringify(packet.attributes)
      const answer = radius.encode_response({ packet, code: answers[packet.code], secret, attributes })
      server.send(answer, from.port, from.address)
    } catch (err) {
      note = err.message
      server.emit('refused')
    }
  })
  server.bind(0, '127.0.0.1')
  await once(server, 'listening')

  // ask lets radclient send a request. It returns what the server makes of it, and what radclient receives.
  async function ask(kind, ...lines) {
    note = undefined
    const child = spawn('usr/bin/radclient', ['-D', 'usr/share/freeradius', '-x', '-r', '1', '-t', '20',
      `127.0.0.1:${server.address().port}`, kind, secret], { env: { ...process.env, LD_LIBRARY_PATH: process.env.LIBS } })
    let out = ''
    child.stdout.on('data', (text) => { out += text })
    child.stderr.pipe(process.stderr)
    child.stdin.end(lines.join('\n') + '\n')
    const kill = () => child.kill()
    server.once('refused', kill)
    await once(child, 'close')
    server.removeListener('refused', kill)
    const received = out.split(/^Received /m)[1]
    return [note, received ? received.replace(/ Id .*/, '').replace(/\s+/g, ' ').trim() : 'no answer']
  }

  const bob = 'User-Name = "bob"'
  const session = 'Acct-Session-Id = "7"'
  const signed = 'Message-Authenticator = 0x00'
  const mismatch = 'decode: Message-Authenticator mismatch (possible shared secret mismatch)'
  const reply = ' Tunnel-Type:1 = VLAN Tunnel-Type:2 = L2TP Reply-Message = "hello"'
  const isBob = '{"User-Name":"bob","Acct-Session-Id":"7"}'

  check('auth, with Message-Authenticator', (await ask('auth', bob, session, signed)).join(' -> '), `${isBob} -> Access-Accept${reply}`)
  check('coa', (await ask('coa', bob, session)).join(' -> '), `${isBob} -> CoA-ACK${reply}`)
  check('coa, with Message-Authenticator', (await ask('coa', bob, session, signed)).join(' -> '), `${mismatch} -> no answer`)
  check('disconnect, with Message-Authenticator', (await ask('disconnect', bob, session, signed)).join(' -> '), `${mismatch} -> no answer`)
  const own = radius.encode({ code: 'CoA-Request', secret, attributes: [['User-Name', 'bob']], add_message_authenticator: true })
  let refused = 'taken'
  try {
    radius.decode({ packet: own, secret })
  } catch (err) {
    refused = err.message
  }
  check("the package's own, with Message-Authenticator", refused, 'decode: authenticator mismatch (possible shared secret mismatch)')

  check('one tunnel', (await ask('auth', bob, 'Tunnel-Type:1 = VLAN'))[0], '{"User-Name":"bob","Tunnel-Type":[1,"VLAN"]}')
  check('two tunnels', (await ask('auth', bob, 'Tunnel-Type:1 = VLAN', 'Tunnel-Type:2 = L2TP'))[0],
    '{"User-Name":"bob","Tunnel-Type":[1,"VLAN",[2,"L2TP"]]}')

  check('Proxy-State, answered with an array', (await ask('auth', bob, 'Proxy-State = 0x31'))[1], `Access-Accept${reply} Proxy-State = 0x31`)
  attributes = { 'Reply-Message': 'hello' }
  check('no Proxy-State, answered with an object', (await ask('auth', bob))[1], 'Access-Accept Reply-Message = "hello"')
  check('Proxy-State, answered with an object', (await ask('auth', bob, 'Proxy-State = 0x31'))[0], 'args.attributes.push is not a function')

  if (!same) {
    console.log('radius or radclient behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
arch=$(uname -m)-linux-gnu
LIBS=$dir/usr/lib/$arch:$dir/lib/$arch:$dir/usr/lib/freeradius node --no-deprecation main.js
