#!/usr/bin/env bash
# Three Node servers for XML-RPC answer errors, dates and large numbers that Python's client cannot read.
#
# Expected: a server answers a failed call, or one to a method that it lacks, with a fault of a code and a
# text. A date is written as 20260701T10:00:00, an int has four bytes, and a larger number is a
# double (the XML-RPC specification). What a client sends comes back from "echo" as it was.
# Seen, the Node packages xmlrpc 1.3.2, homematic-xmlrpc 2.0.0 and @foxglove/xmlrpc 1.3.0 with Python's
# xmlrpc.client, in Debian's python3.11:
# - In xmlrpc and homematic-xmlrpc callback(new Error("no paper")) makes a fault without code and text.
#   Python raises a TypeError from inside Fault, which no "except Fault" catches. @foxglove/xmlrpc
#   sends code and text.
# - A method that is missing is 404 in xmlrpc, without a length. Python raises ProtocolError, and the next
#   call of the same proxy, to a method that is there, raises ResponseNotReady. In homematic-xmlrpc it
#   is a success with an empty text: a wrong name in a program is never found.
# - @foxglove/xmlrpc writes dates as 2026-07-01T10:00:00.000Z, for which Python with use_builtin_types
#   raises ValueError. It reads 20260701T10:00:00 as UTC; the other two as the server's own time.
#   None comes back as an empty text.
# - All three write each whole number as an int, also 1e+21, which Python refuses.
# - A text with ]]> makes answers of homematic-xmlrpc that are no XML. @foxglove/xmlrpc answers 500.
# Calls that succeed, with short texts and small numbers, show none of this.
# Consequence: callback({ faultCode, faultString }) for errors; texts for dates and for large numbers.
# Sources: lib/serializer.js of xmlrpc and homematic-xmlrpc (appendNumber; serializeFault writes the properties
# of the error, and those of an Error are not enumerable) and their lib/server.js (NotFound); @foxglove/xmlrpc's
# dist/Serializer.js and DateFormatter.js; Python's xmlrpc/client.py (Fault, single_request).
set -eu
for tool in npm /usr/bin/python3; do
  command -v $tool >/dev/null || { echo "this finding needs node, npm and Python 3"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
/usr/bin/python3 --version
case $(/usr/bin/python3 --version) in
'Python 3.11.'*) ;;
*) echo "skipped: this is about Python 3.11, the version of Debian 12"; exit 77 ;;
esac
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund xmlrpc@1.3.2 homematic-xmlrpc@2.0.0 @foxglove/xmlrpc@1.3.0 >npm.log 2>&1 ||
  { cat npm.log; exit 1; }
cat >client.py <<'END'
# Calls a server and prints what comes back, one line for each call.
import datetime
import socket
import sys
import xmlrpc.client

socket.setdefaulttimeout(20)


def proxy():
    return xmlrpc.client.ServerProxy(f"http://127.0.0.1:{sys.argv[1]}/", allow_none=True, use_builtin_types=True)


def show(call):
    try:
        return repr(call())
    except xmlrpc.client.Fault as fault:
        return f"Fault {fault.faultCode} {fault.faultString.splitlines()[0]}"
    except xmlrpc.client.ProtocolError as err:
        return f"ProtocolError {err.errcode}"
    except Exception as err:
        return type(err).__name__


ten = datetime.datetime(2026, 7, 1, 10)
print("echo", show(lambda: [proxy().echo(value) for value in ("", "Tür", 1.5, b"abc", [], {"a": [1]})]))
print("fails", show(lambda: proxy().fails()))
once = proxy()
print("missing", show(lambda: once.missing()))
print("then", show(lambda: once.echo(7)))
print("date", show(lambda: proxy().echo(ten).isoformat()))
print("reads", show(lambda: proxy().reads(ten)))
print("none", show(lambda: proxy().echo(None)))
print("large", show(lambda: proxy().echo(1e21)))
print("text", show(lambda: proxy().echo("a]]>b")))
END
cat >main.js <<'END'
const { once } = require('events')
const { execFile } = require('child_process')
const { promisify } = require('util')
const foxglove = require('@foxglove/xmlrpc')
const { HttpServerNodejs } = require('@foxglove/xmlrpc/nodejs')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

// withCallbacks starts a server of xmlrpc or homematic-xmlrpc, whose methods are events.
async function withCallbacks(name) {
  const server = require(name).createServer({ host: '127.0.0.1', port: 0 })
  server.on('echo', (err, [value], callback) => callback(null, value))
  server.on('fails', (err, params, callback) => callback(new Error('no paper')))
  server.on('reads', (err, [time], callback) => callback(null, time.toISOString()))
  if (!server.httpServer.listening) await once(server.httpServer, 'listening')
  return server.httpServer.address().port
}

async function withHandlers() {
  const server = new foxglove.XmlRpcServer(new HttpServerNodejs())
  server.setHandler('echo', async (name, [value]) => value)
  server.setHandler('fails', async () => { throw new Error('no paper') })
  server.setHandler('reads', async (name, [time]) => time.toISOString())
  await server.listen(0, '127.0.0.1')
  return new URL(server.url()).port
}

async function main() {
  const servers = {
    xmlrpc: await withCallbacks('xmlrpc'),
    'homematic-xmlrpc': await withCallbacks('homematic-xmlrpc'),
    '@foxglove/xmlrpc': await withHandlers(),
  }
  const wants = {
    echo: Array(3).fill(`['', 'Tür', 1.5, b'abc', [], {'a': [1]}]`),
    fails: ['TypeError', 'TypeError', 'Fault -32500 Error: no paper'],
    missing: ['ProtocolError 404', `''`, 'Fault -32601 Method "missing" not found'],
    then: ['ResponseNotReady', '7', '7'],
    date: [`'2026-07-01T10:00:00'`, `'2026-07-01T10:00:00'`, 'ValueError'],
    reads: [`'2026-07-01T08:00:00.000Z'`, `'2026-07-01T08:00:00.000Z'`, `'2026-07-01T10:00:00.000Z'`],
    none: ['None', 'None', `''`],
    large: ['ValueError', 'ValueError', 'ValueError'],
    text: [`'a]]>b'`, 'ExpatError', 'ProtocolError 500'],
  }
  for (const [i, [name, port]] of Object.entries(servers).entries()) {
    const { stdout } = await promisify(execFile)('/usr/bin/python3', ['client.py', String(port)], { env: { ...process.env, PYTHONIOENCODING: 'utf-8' } })
    for (const line of stdout.trim().split('\n')) {
      const what = line.split(' ')[0]
      check(`${name}, ${what}`, line.slice(what.length + 1), wants[what][i])
    }
  }

  if (!same) {
    console.log('one of the packages, or Python, behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
TZ=Europe/Berlin node --no-deprecation main.js
