#!/usr/bin/env bash
# @mempool/electrum-client returns the whole message if a result is null, 0, false or empty.
#
# Expected: a call returns what the server has as its result. An address that was never used has the status
# null, a fee may be 0, and a banner may be empty (Electrum's protocol). After a reconnect listeners of the
# program are still there, so that a new subscription reaches them.
# Seen, the Node packages @mempool/electrum-client 1.1.9 and electrum-client 0.0.6 with a server on Debian's
# python3-aiorpcx 0.22.1-2, the library of ElectrumX:
# - blockchain.scripthash.subscribe of an unused address gives {"jsonrpc":"2.0","result":null,"id":2}. A
#   program that asks "if (status)" takes each unused address for a used one. relayfee of 0 is an
#   object, too: a fee computed from it is NaN. electrum-client returns null and 0.
# - When the conn ends, the listeners of new blocks are removed. The client connects again, calls onConnect,
#   in which the program subscribes again, and the server sends blocks; nobody hears them. Listeners of
#   blockchain.scripthash.subscribe stay.
# Results that are objects, lists or texts are right, and so is a conn that lasts.
# Consequence: result = answer.jsonrpc ? answer.result : answer; call subscribe.on() in onConnect, each time.
# Sources: lib/client.js (msg.result || msg) and index.js (onClose: removeAllListeners for four events).
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" || true; wait "$server" || true; } 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir"
{ apt-get download python3-aiorpcx=0.22.1-2 && apt-get download python3-attr; } >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund @mempool/electrum-client@1.1.9 electrum-client@0.0.6 >npm.log 2>&1 ||
  { cat npm.log; exit 1; }
cat >server.py <<'END'
import asyncio

import aiorpcx

RESULTS = {
    "server.version": ["test 1", "1.4"],
    "blockchain.scripthash.subscribe": None,
    "blockchain.relayfee": 0,
    "server.banner": "",
    "blockchain.scripthash.get_history": [],
    "blockchain.headers.subscribe": {"height": 1},
}


class Session(aiorpcx.RPCSession):
    async def handle_request(self, request):
        if request.method == "drop":
            self.transport._asyncio_transport.abort()
        if request.method in ("blockchain.headers.subscribe", "blockchain.scripthash.subscribe"):
            loop = asyncio.get_running_loop()
            note = [{"height": 2}] if "headers" in request.method else ["unused", "status"]
            loop.call_later(0.2, lambda: loop.create_task(self.send_notification(request.method, note)))
        return RESULTS[request.method]


async def main():
    server = await aiorpcx.serve_rs(Session, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.sleep(60)


asyncio.run(main())
END
PYTHONPATH=usr/lib/python3/dist-packages /usr/bin/python3 server.py >port 2>server.log &
server=$!
for _ in $(seq 100); do [ -s port ] && break; sleep 0.1; done
cat >main.js <<'END'
const Mempool = require('@mempool/electrum-client')
const Electrum = require('electrum-client')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

let same = true
function check(what, got, want) {
  console.log(`${what}: ${JSON.stringify(got)}`)
  same = same && JSON.stringify(got) === JSON.stringify(want)
}

async function main() {
  const port = Number(process.argv[2])
  const heard = []
  let connects = 0
  const callbacks = {
    onLog: () => {},
    onError: () => {},
    onConnect: async (client) => {
      connects++
      await client.blockchainHeaders_subscribe()
      await client.blockchainScripthash_subscribe('unused')
    },
  }
  const client = new Mempool(port, '127.0.0.1', 'tcp', null, callbacks)
  client.subscribe.on('blockchain.headers.subscribe', () => heard.push('block'))
  client.subscribe.on('blockchain.scripthash.subscribe', () => heard.push('status'))
  await client.initElectrum({ client: 'test', version: '1.4' }, { retryPeriod: 300, maxRetry: 3, pingPeriod: 60000, callback: null })
  await sleep(1000)
  check('notifications after connecting', heard.splice(0), ['block', 'status'])

  const status = await client.blockchainScripthash_subscribe('unused')
  check('status of an unused address', { ...status, id: 0 }, { jsonrpc: '2.0', result: null, id: 0 })
  check('relayfee of 0, for ten kilobytes', String((await client.blockchain_relayfee()) * 10), 'NaN')
  const banner = await client.server_banner()
  check('an empty banner', { ...banner, id: 0 }, { jsonrpc: '2.0', result: '', id: 0 })
  check('an empty history', await client.blockchainScripthash_getHistory('unused'), [])

  const other = new Electrum(port, '127.0.0.1', 'tcp')
  await other.connect()
  check('electrum-client: status of an unused address', await other.blockchainScripthash_subscribe('unused'), null)
  check('electrum-client: relayfee of 0', await other.blockchain_relayfee(), 0)
  other.close()

  await sleep(500)
  heard.length = 0
  await client.request('drop', []).catch(() => {})
  while (connects < 2) await sleep(50)
  await sleep(1000)
  check('notifications after the reconnect', heard, ['status'])

  client.close()
  if (!same) {
    console.log('one of the clients behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node --no-deprecation main.js "$(cat port)"
