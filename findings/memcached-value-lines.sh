#!/usr/bin/env bash
# Two Node clients of memcached take a line inside a value for the end of the answer.
#
# Expected: "VALUE key flags 8" announces 8 bytes, which may be any, and a client reads so
# many. So a value is the same for every client of the cache, whichever has stored it.
# Seen, the Node package memcached 2.2.2: it searches for lines, and ignores the length.
# What it stores itself it writes with backslashes before CR and LF, so its own values come
# back, while other clients read the backslashes. A value of another client with CR LF:
# - "one CR LF 42" gives 42, "one CR LF STORED CR LF" gives true, and "a CR LF END" gives
#   "a", without an error.
# - "one CR LF two" gives nothing: the callback is not called, nor those of later calls on
#   the conn. A mail or an HTTP response that another service caches stops this client.
# Seen, memcache-plus 0.3.1: a single LF is enough, in its own values, too. Of "one LF two"
# get returns "two". JSON has no line breaks, so objects pass.
# memjs, which uses the binary protocol, has no such lines.
# Consequence: store base64 or JSON if these clients read the cache.
# Sources: memcached lib/memcached.js (buffer splits at CR LF; the parser of VALUE takes
# one line) and lib/utils.js (escapeValue); memcache-plus lib/connection.js (read is called
# for each line and keeps the last one); memcached's doc/protocol.txt on data blocks.
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund memcached@2.2.2 memcache-plus@0.3.1 \
  >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >main.js <<'END'
const net = require('net')
const Memcached = require('memcached')
const MemcachePlus = require('memcache-plus')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

// within says what a call gives, or that it gives nothing within two seconds.
const within = (call) => Promise.race([
  call.then((v) => JSON.stringify(v), (e) => 'error: ' + e.message),
  new Promise((late) => setTimeout(() => late('nothing'), 2000)),
])

// store and the server are a cache with the commands set and get.
const store = {}
const server = net.createServer((c) => {
  let bytes = Buffer.alloc(0)
  c.on('error', () => {})
  c.on('data', (more) => {
    bytes = Buffer.concat([bytes, more])
    for (let end; (end = bytes.indexOf('\r\n')) >= 0;) {
      const [command, key, flags, , length] = String(bytes.subarray(0, end)).split(' ')
      let next = end + 2
      if (command === 'set') {
        next += Number(length) + 2
        if (bytes.length < next) return
        store[key] = { flags, value: Buffer.from(bytes.subarray(end + 2, next - 2)) }
        c.write('STORED\r\n')
      } else {
        const { flags, value } = store[key]
        c.write(`VALUE ${key} ${flags} ${value.length}\r\n${value}\r\nEND\r\n`)
      }
      bytes = bytes.subarray(next)
    }
  })
})

async function main() {
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const address = '127.0.0.1:' + server.address().port
  const seen = []

  const own = promises(new Memcached(address))
  await own('set', 'own', 'one\r\ntwo', 0)
  seen.push(await within(own('get', 'own')), JSON.stringify(String(store.own.value)))
  console.log(`memcached stores "one\\r\\ntwo": the cache has ${seen[1]}, and get returns ${seen[0]}`)

  for (const value of ['one\r\n42', 'one\r\nSTORED\r\n', 'a\r\nEND', 'one\r\ntwo']) {
    store.other = { flags: 0, value: Buffer.from(value) }
    store.plain = { flags: 0, value: Buffer.from('plain') }
    const get = promises(new Memcached(address, { poolSize: 1 }))
    const result = await within(get('get', 'other'))
    const next = await within(get('get', 'plain'))
    console.log(`another client stores ${JSON.stringify(value)}: get returns ${result}, the next get ${next}`)
    seen.push(result, next)
  }

  const plus = new MemcachePlus({ hosts: [address] })
  await plus.set('plus', 'one\ntwo')
  seen.push(await within(plus.get('plus')))
  console.log(`memcache-plus stores "one\\ntwo": get returns ${seen.at(-1)}`)

  const expected = ['"one\\r\\ntwo"', '"one\\\\\\r\\\\\\ntwo"', '42', '"plain"', 'true', '"plain"', '"a"', '"plain"',
    'nothing', 'nothing', '"two"']
  if (seen.join() !== expected.join()) {
    console.log('memcached or memcache-plus behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}

// promises makes the calls of a client return promises.
const promises = (client) => (method, ...args) => new Promise((resolve, reject) => {
  client[method](...args, (err, value) => (err ? reject(err) : resolve(value)))
})

main()
END
node main.js
