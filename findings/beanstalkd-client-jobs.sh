#!/usr/bin/env bash
# Two conns of the Node package beanstalkd put a part of one job into the other.
#
# Expected: a program that makes two clients, one for each tube, has two conns that have nothing to do
# with each other. "RESERVED 7 1000000" says how many bytes of the job follow, in however many
# segments they come.
# Seen, the Node package beanstalkd 2.2.5 with Debian's beanstalkd 1.12-2+b1:
# - All clients of a process share one reader for each command, and so the bytes of an answer that is not
#   complete yet. If two large jobs are reserved at a time, one client gets a job that begins with a
#   part of the other's, under the other's id, with the right length and no error: an order with
#   another customer's lines. What follows is no answer for the client, which closes its conn.
# - A conn that ends inside an answer leaves its part behind. The next client, also one that connects
#   again, gets that part in front of its own answer, as one job.
# Small jobs come in one segment, so a test with them passes. A program with one client meets the
# second only.
# Consequence: one client in a process, or fivebeans 1.5.0, which keeps a buffer for each conn.
# Sources: lib/client.js (makeCommand gets one BasicReader for each command) and lib/reader.js (remainder).
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" || true; wait "$server" || true; } 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
apt-get download beanstalkd=1.12-2+b1 libsystemd0 >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund beanstalkd@2.2.5 fivebeans@1.5.0 >npm.log 2>&1 || { cat npm.log; exit 1; }
cat >free.js <<'END'
const server = require('net').createServer().listen(0, '127.0.0.1', () => {
  console.log(server.address().port)
  server.close()
})
END
port=$(node free.js)
arch=$(uname -m)-linux-gnu
LD_LIBRARY_PATH=$dir/usr/lib/$arch:$dir/lib/$arch usr/bin/beanstalkd -l 127.0.0.1 -p "$port" -z 2000000 2>server.log &
server=$!
cat >main.js <<'END'
const net = require('net')
const { once } = require('events')
const Beanstalkd = require('beanstalkd').default
const Fivebeans = require('fivebeans').client

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
const port = Number(process.argv[2])

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

// cutter passes on what beanstalkd sends, but keeps the answers to reserve for the test to send. It stands for
// a network in which the second half of an answer is late.
async function cutter() {
  const kept = []
  const listener = net.createServer((client) => {
    const server = net.connect(port, '127.0.0.1')
    client.pipe(server)
    client.on('error', () => server.destroy())
    client.on('close', () => server.destroy())
    server.on('error', () => client.destroy())
    let answer = Buffer.alloc(0)
    server.on('data', (bytes) => {
      answer = Buffer.concat([answer, bytes])
      const [word, , size] = answer.toString('latin1').split('\r\n')[0].split(' ')
      if (!answer.includes('\r\n')) return
      if (word !== 'RESERVED') client.write(answer)
      else if (answer.length < answer.indexOf('\r\n') + 4 + Number(size)) return
      else kept.push({ client, answer })
      answer = Buffer.alloc(0)
    })
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    port: listener.address().port,
    // take waits for the answer with the job of this tube.
    async take(tube) {
      for (;;) {
        const answer = kept.find((one) => one.answer.at(-3) === tube.charCodeAt(0))
        if (answer) return answer
        await sleep(10)
      }
    },
  }
}

async function send(client, bytes) {
  await new Promise((done) => client.write(bytes, done))
  await sleep(200)
}

// Each job has 100 bytes; 50 of them, CR and LF are in the second half.
const first = ({ answer }) => answer.subarray(0, answer.length - 52)
const second = ({ answer }) => answer.subarray(answer.length - 52)

async function put(tube) {
  const client = new Beanstalkd('127.0.0.1', port)
  await client.connect()
  await client.use(tube)
  await client.put(0, 0, 600, tube.repeat(100))
  await client.quit()
}

async function reserve(proxy, tube) {
  const client = new Beanstalkd('127.0.0.1', proxy.port)
  await client.connect()
  await client.watch(tube)
  const outcome = { text: 'nothing yet' }
  client.reserve().then(([, job]) => { outcome.text = describe(job.toString()) }, (err) => { outcome.text = err.message })
  return outcome
}

// describe shortens runs: aaab is "3 a, 1 b".
const describe = (job) => job.replace(/([a-z])\1+/g, (run, letter) => ` ${run.length} ${letter} `).replace(/\s+/g, ' ').trim()

const scenarios = {
  async two(proxy) {
    await put('a')
    await put('b')
    const [jobA, jobB] = [await reserve(proxy, 'a'), await reserve(proxy, 'b')]
    const [a, b] = [await proxy.take('a'), await proxy.take('b')]
    await send(a.client, first(a))
    await send(b.client, first(b))
    check('the first half of each answer has come, A', jobA.text, 'nothing yet')
    check('the first half of each answer has come, B', jobB.text, `50 a ${first(b).toString().split('\r\n')[0]} 34 b`)
  },

  async ended(proxy) {
    await put('c')
    await put('d')
    const jobC = await reserve(proxy, 'c')
    const c = await proxy.take('c')
    await send(c.client, first(c))
    c.client.destroy()
    await sleep(200)
    check('C, whose conn has ended', jobC.text, 'CONNECTION_CLOSED')
    const jobD = await reserve(proxy, 'd')
    const d = await proxy.take('d')
    await send(d.client, d.answer)
    check('D, of a new client', jobD.text, `50 c ${first(d).toString().split('\r\n')[0]} 34 d`)
  },

  async alone(proxy) {
    await put('e')
    const jobE = await reserve(proxy, 'e')
    const e = await proxy.take('e')
    await send(e.client, first(e))
    await send(e.client, second(e))
    check('one client, in two halves', jobE.text, '100 e')
  },

  async five(proxy) {
    await put('f')
    await put('g')
    async function five(tube) {
      const client = new Fivebeans('127.0.0.1', proxy.port)
      client.connect()
      await once(client, 'connect')
      await new Promise((done) => client.watch(tube, done))
      const outcome = {}
      client.reserve((err, id, job) => { outcome.text = describe(err ?? job.toString()) })
      return outcome
    }
    const [jobF, jobG] = [await five('f'), await five('g')]
    const [f, g] = [await proxy.take('f'), await proxy.take('g')]
    await send(f.client, first(f))
    await send(g.client, first(g))
    await send(f.client, second(f))
    await send(g.client, second(g))
    check('fivebeans, two clients in halves', `${jobF.text}; ${jobG.text}`, '100 f; 100 g')
  },
}

async function main() {
  for (let attempt = 0; attempt < 100; attempt++) {
    const conn = net.connect(port, '127.0.0.1')
    const up = await new Promise((done) => { conn.on('connect', () => done(true)); conn.on('error', () => done(false)) })
    conn.destroy()
    if (up) break
    await sleep(100)
  }
  await scenarios[process.argv[3]](await cutter())
  if (!same) {
    console.log('the package beanstalkd behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
for scenario in two ended alone five; do
  node --no-deprecation main.js "$port" $scenario
done
