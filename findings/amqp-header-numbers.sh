#!/usr/bin/env bash
# A number in the headers of an AMQP message is another number in pika, in Python's amqp and after cloudamqp's client.
#
# Expected: the headers of an AMQP 0-9-1 message are a table, in which each value has a letter for its type.
# RabbitMQ's list of types gives each letter a meaning: b, s, I and l are signed integers of 8, 16, 32 and
# 64 bits, d is a double. So a number that one client publishes is the number that another one reads.
# A client that cannot write a number refuses it.
# Seen, the Node packages amqplib 2.3.1 and @cloudamqp/amqp-client 4.1.1, read by Debian's python3-pika 1.2.0-1
# and python3-amqp 5.1.1-1, the library under Celery:
# - amqplib chooses the smallest type. amqp reads the 16 bits as a short text: 300 is ",". With 200 and a text
#   after it, reading the message fails with an IndexError.
# - pika and amqp read 8 and 64 bits as unsigned: -1 is 255, and -5000000000 is 18446744068709551616.
# - pika cuts doubles off: 21.75 is 21, and 0.5 is 0.
# - @cloudamqp/amqp-client writes whole numbers up to 2^32 as signed 32 bits: 3000000000 is published as
#   -1294967296, without an error. Fractions have 24 bits: 0.1 is 0.10000000149011612.
# Whole numbers from 0 to 127 and texts are right everywhere, so a retry counter works.
# Consequence: put numbers into headers as texts.
# Sources: amqplib's lib/codec.js (encodeFieldValue); @cloudamqp/amqp-client's lib/mjs/amqp-view.js (setField);
# pika/data.py (decode_value; the project's issue 599 is about doubles); amqp/serialization.py (_read_item:
# 's' is a short text, as in AMQP 0-9-1 section 4.2.1); RabbitMQ's AMQP 0-9-1 errata, section 3.
set -eu
for tool in apt-get npm; do
  command -v $tool >/dev/null || { echo "this finding needs Debian and its apt-get, node and npm"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download python3-pika=1.2.0-1 python3-amqp=5.1.1-1 python3-vine >apt.log 2>&1 ||
  { cat apt.log; echo "skipped: apt-get does not offer the versions of Debian 12"; exit 77; }
for deb in ./*.deb; do
  echo "$deb"
  dpkg -x "$deb" .
done
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund amqplib@2.3.1 @cloudamqp/amqp-client@4.1.1 >npm.log 2>&1 ||
  { cat npm.log; exit 1; }
cat >read.py <<'END'
# Prints what pika and amqp make of the properties of a message, which are in the argument in hexadecimal.
import sys

import pika
from amqp.basic_message import Message

properties = bytes.fromhex(sys.argv[1])


def show(read):
    try:
        headers = read()
    except Exception as error:
        print(type(error).__name__)
    else:
        print(", ".join(f"{name}={int(v) if type(v).__name__ == 'long' else v}" for name, v in headers.items()))


def by_amqp():
    message = Message()
    message._load_properties(60, properties, 0)
    return message.properties["application_headers"]


show(lambda: pika.BasicProperties().decode(properties).headers)
show(by_amqp)
END
cat >main.mjs <<'END'
import net from 'net'
import { once } from 'events'
import { execFileSync } from 'child_process'
import amqplib from 'amqplib'
import { AMQPClient } from '@cloudamqp/amqp-client'

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

const frame = (type, channel, payload) => {
  const head = Buffer.alloc(7)
  head.writeUInt8(type)
  head.writeUInt16BE(channel, 1)
  head.writeUInt32BE(payload.length, 3)
  return Buffer.concat([head, payload, Buffer.from([0xce])])
}
const method = (channel, hex) => frame(1, channel, Buffer.from(hex, 'hex'))
const longString = (text) => text.length.toString(16).padStart(8, '0') + Buffer.from(text).toString('hex')

// The answers of a broker, by class and method: as much as the clients need to publish.
const answers = {
  '10.11': '000a001e' + '000a' + '00020000' + '0000', // StartOk: Tune
  '10.40': '000a0029' + '00', // Open: OpenOk
  '10.50': '000a0033', // Close: CloseOk
  '20.10': '0014000b' + '00000000', // Channel.Open: OpenOk
  '20.40': '00140029', // Channel.Close: CloseOk
}
let published // resolves with the properties of the next message
const broker = net.createServer((conn) => {
  let bytes = Buffer.alloc(0)
  let greeted = false
  conn.on('error', () => {})
  conn.on('data', (data) => {
    bytes = Buffer.concat([bytes, data])
    if (!greeted && bytes.length >= 8) {
      greeted = true
      bytes = bytes.subarray(8)
      conn.write(method(0, '000a000a' + '0009' + '00000000' + longString('PLAIN') + longString('en_US')))
    }
    while (greeted && bytes.length >= 7 && bytes.length >= bytes.readUInt32BE(3) + 8) {
      const [type, channel, length] = [bytes[0], bytes.readUInt16BE(1), bytes.readUInt32BE(3)]
      const payload = bytes.subarray(7, 7 + length)
      bytes = bytes.subarray(length + 8)
      if (type === 2) published(payload.subarray(12))
      const answer = type === 1 && answers[`${payload.readUInt16BE(0)}.${payload.readUInt16BE(2)}`]
      if (answer) conn.write(method(channel, answer))
    }
  })
}).listen(0, '127.0.0.1')
await once(broker, 'listening')
const url = `amqp://guest:guest@127.0.0.1:${broker.address().port}`

const connection = await amqplib.connect(url)
const channel = await connection.createChannel()
const client = await new AMQPClient(url).connect()
const clientChannel = await client.channel()

// publish returns the properties that the client sends for these headers.
function publish(send, headers) {
  const properties = new Promise((done) => { published = done })
  send(headers)
  return properties
}
const byAmqplib = (headers) => channel.publish('', 'queue', Buffer.from('x'), { headers })
const byCloudamqp = (headers) => clientChannel.basicPublish('', 'queue', 'x', { headers })
const read = (properties) => execFileSync('/usr/bin/python3', ['read.py', properties.toString('hex')],
  { encoding: 'utf8', env: { ...process.env, PYTHONPATH: 'usr/lib/python3/dist-packages' } }).trim().split('\n')

async function pair(headers, wantPika, wantAmqp, send = byAmqplib, name = 'amqplib') {
  const what = Object.entries(headers).map(([key, value]) => `${key}=${value}`).join(', ')
  const [pika, amqp] = read(await publish(send, headers))
  check(`${what} from ${name}, read by pika`, pika, wantPika)
  check(`${what} from ${name}, read by amqp`, amqp, wantAmqp)
}

await pair({ small: 100, text: 'abc', big: 70000 }, 'small=100, text=abc, big=70000', 'small=100, text=abc, big=70000')
await pair({ count: 300 }, 'count=300', 'count=,')
await pair({ count: 200, text: 'abc' }, 'count=200, text=abc', 'IndexError')
await pair({ below: -1 }, 'below=255', 'below=255')
await pair({ below: -5000000000 }, 'below=18446744068709551616', 'below=18446744068709551616')
await pair({ price: 21.75, half: 0.5 }, 'price=21, half=0', 'price=21.75, half=0.5')
await pair({ small: 100, count: 300, below: -1 }, 'small=100, count=300, below=-1', 'small=100, count=300, below=-1',
  byCloudamqp, 'cloudamqp')
await pair({ bytes: 3000000000 }, 'bytes=-1294967296', 'bytes=-1294967296', byCloudamqp, 'cloudamqp')
await pair({ part: 0.1 }, 'part=0', 'part=0.10000000149011612', byCloudamqp, 'cloudamqp')
const wire = (await publish(byCloudamqp, { n: 3000000000 })).toString('hex')
check('3000000000 from cloudamqp on the wire', wire.slice(wire.indexOf('016e') + 4), '49' + 'b2d05e00')

if (!same) {
  console.log('one of the packages behaves differently from what is stated here')
  process.exit(1)
}
process.exit(0)
END
node --no-deprecation main.mjs
