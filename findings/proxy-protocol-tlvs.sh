#!/usr/bin/env bash
# proxy-protocol-js hands out the fields behind the addresses as data of the client.
#
# Expected: the length in a PROXY header of version 2 covers the addresses and what follows them (TLVs), such as a
# checksum or an id, which haproxy and the load balancers of clouds add. The client's data begins behind that
# (the PROXY protocol's specification, section 2.2). "PROXY UNKNOWN" is a valid header, too, for
# clients without an address (2.1). A header that is not complete is told from a complete one.
# Seen, the Node packages proxy-protocol-js 4.0.6 and @balena/proxy-protocol-parser 1.0.2 with Debian's haproxy
# 2.6.12-1+deb12u4:
# - With "proxy-v2-options unique-id" the data that proxy-protocol-js returns begins with the TLV, and then comes
#   the client's: 39 bytes more. A line protocol reads a strange first command. Without options it is right, so a
#   new option in haproxy, or another balancer, breaks the server.
# - Of the first 20 bytes of a header it makes a client whose port is NaN, without an error.
# - A client of haproxy's Unix socket is "PROXY UNKNOWN", at which it throws.
# - @balena/proxy-protocol-parser does not say where the data begins. "PROXY UNKNOWN" is for it a client of
#   IPv6 whose address is CR LF. At 20 bytes it throws a RangeError.
# Consequence: with version 2 wait for 16 bytes, and for as many more as bytes 14 and 15 say. Parse those, and take
# the data from behind them. With version 1 look for UNKNOWN first.
# Sources: proxy-protocol-js' lib/v2/V2ProxyProtocol.js (input.slice(addressFamilyLength + 16); only the length
# of the addresses is compared with the header) and lib/v1 (getIPAddress); @balena/proxy-protocol-parser's
# lib/v1_decode.js and lib/v2_decode.js; the specification, sections 2.1 and 2.2.
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download haproxy=2.6.12-1+deb12u4 &&
  apt-get download liblua5.3-0 libopentracing-c-wrapper0 libopentracing1 libpcre2-8-0; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the version of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund proxy-protocol-js@4.0.6 @balena/proxy-protocol-parser@1.0.2 >npm.log 2>&1 ||
  { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const { once } = require('events')
const { spawn } = require('child_process')
const { writeFileSync } = require('fs')
const { ProxyProtocolIdentifier, ProxyProtocolVersion, V1BinaryProxyProtocol, V2ProxyProtocol } = require('proxy-protocol-js')
const { decode } = require('@balena/proxy-protocol-parser')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

// byPackage returns what proxy-protocol-js makes of these bytes: the client's address, port and data.
function byPackage(bytes) {
  try {
    if (ProxyProtocolIdentifier.identify(bytes) === ProxyProtocolVersion.V2) {
      const { proxyAddress: { sourceAddress, sourcePort }, data } = V2ProxyProtocol.parse(bytes)
      return { address: sourceAddress.address.join('.'), port: sourcePort, data: Buffer.from(data) }
    }
    const { source, data } = V1BinaryProxyProtocol.parse(bytes)
    return { address: source.ipAddress, port: source.port, data: Buffer.from(data) }
  } catch (err) {
    return { error: err.message }
  }
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

async function main() {
  let got
  const backend = net.createServer((conn) => {
    const chunks = []
    conn.on('error', () => {})
    conn.on('data', (chunk) => chunks.push(chunk))
    conn.on('end', () => got(Buffer.concat(chunks)))
  }).listen(0, '127.0.0.1')
  await once(backend, 'listening')
  const listeners = {
    'version 1': ['send-proxy', await freePort()],
    'version 2': ['send-proxy-v2', await freePort()],
    'version 2 with an id': ['send-proxy-v2 proxy-v2-options unique-id', await freePort()],
    'version 1, Unix socket': ['send-proxy', `${process.cwd()}/socket`],
  }
  writeFileSync('haproxy.cfg', 'defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 10s\n  timeout server 10s\n  unique-id-format %[uuid()]\n' +
    Object.values(listeners).map(([options, at], i) => `listen l${i}\n  bind ${typeof at === 'number' ? `127.0.0.1:${at}` : `unix@${at}`}\n` +
      `  server s 127.0.0.1:${backend.address().port} ${options}\n`).join(''))
  const haproxy = spawn('usr/sbin/haproxy', ['-f', 'haproxy.cfg', '-db'], { stdio: 'ignore', env: { ...process.env, LD_LIBRARY_PATH: process.env.LIBS } })
  process.on('exit', () => haproxy.kill())

  // send returns the bytes that the backend gets from a client that says hello, and the client's port.
  async function send(at) {
    const bytes = new Promise((done) => { got = done })
    for (;;) {
      const conn = net.connect(typeof at === 'number' ? { port: at, host: '127.0.0.1' } : { path: at })
      const up = await new Promise((done) => conn.on('connect', () => done(true)).on('error', () => done(false)))
      if (up) {
        const port = conn.localPort
        conn.end('hello')
        return { bytes: await bytes, port }
      }
      await new Promise((done) => setTimeout(done, 100))
    }
  }

  for (const [what, more] of [['version 1', 0], ['version 2', 0], ['version 2 with an id', 39]]) {
    const { bytes, port } = await send(listeners[what][1])
    const parsed = byPackage(bytes)
    check(`${what}, address`, parsed.address, '127.0.0.1')
    check(`${what}, port right`, parsed.port === port, true)
    check(`${what}, the bytes before hello in the data`, parsed.data.length - 5, more)
    check(`${what}, the end of the data`, String(parsed.data.subarray(more)), 'hello')
    check(`${what}, what @balena/proxy-protocol-parser returns`, Object.keys(decode(bytes)).join(' '),
      'protocol remoteFamily remoteAddress localAddress remotePort localPort')
    if (what === 'version 1') continue
    const { address, port: none, error } = byPackage(bytes.subarray(0, 20))
    check(`20 bytes of ${what}`, `${address} ${none} ${error}`, '127.0.0.1 NaN undefined')
    let thrown
    try { decode(bytes.subarray(0, 20)) } catch (err) { thrown = err.name }
    check('  @balena/proxy-protocol-parser', thrown, 'RangeError')
  }
  const { bytes } = await send(listeners['version 1, Unix socket'][1])
  check('a client of the Unix socket', JSON.stringify(String(bytes)), JSON.stringify('PROXY UNKNOWN\r\nhello'))
  check('  proxy-protocol-js', byPackage(bytes).error, 'protocol payload has been terminated unexpectedly')
  const { remoteFamily, remoteAddress } = decode(bytes)
  check('  @balena/proxy-protocol-parser', JSON.stringify([remoteFamily, remoteAddress]), '["IPv6","\\r\\n"]')

  if (!same) {
    console.log('haproxy or one of the packages behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main().catch((err) => { console.log(err); process.exit(1) })
END
arch=$(uname -m)-linux-gnu
LIBS=$dir/usr/lib/$arch:$dir/lib/$arch node --no-deprecation main.js
