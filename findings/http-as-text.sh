#!/usr/bin/env bash
# http-message-parser and http-string-parser change the body of a message, its numbers, and repeated headers.
#
# Expected: a parser for HTTP messages, as curl -i prints them or a proxy logs them, returns the body with the
# bytes that it has; its README says that it avoids stringifying the body. A header is text. Set-Cookie may
# come several times and cannot be joined (RFC 9110 section 5.3), so all are returned. The reason after the
# status may be empty (RFC 9112 section 4), and a method is any token.
# Seen, the Node packages http-message-parser 0.0.34 and http-string-parser 0.0.6 with messages of Node's http:
# - http-message-parser returns the body as a string, with LF in place of each CR LF, and replacement
#   characters for bytes that are no UTF-8. So a length and a checksum do not fit.
# - A body with a line "-----", as in Markdown, is cut there: the rest is a "multipart", in a text/plain message.
# - Headers that look like numbers are numbers: X-Order: 007 is 7, a version 1.10 is 1.1, an id of 20 digits
#   ends in zeros, and 0x10 is 16.
# - The URL /log?at=10:30 makes a header "10" with the value "30 HTTP/1.1", and /a?v=x:y one "x".
# - With an empty reason, as curl -i prints each HTTP/2 answer, status and version are null; so are method and URL
#   with a method as PROPFIND. The reason "I'm a Teapot" is "I".
# - In both, the last of two Set-Cookie is what is left.
# - http-string-parser writes CR LF for each LF in the body, so a JSON text of several lines is longer.
# A GET with a short answer of one line, as in the READMEs, is right.
# Consequence: let Node parse: write the bytes to a socket of an http.Server, or use http.request with
# createConnection.
# Sources: http-message-parser's http-message-parser.js (replace(/\r\n/gim, "\n"); _isNumeric; _parseHeaders gets the
# first line, too; _boundaryRegex; _requestLineRegex) and README; http-string-parser's lib/parser.js (split and
# join; headers[key]).
set -eu
command -v npm >/dev/null || { echo "this finding needs node and npm"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund http-message-parser@0.0.34 http-string-parser@0.0.6 >npm.log 2>&1 ||
  { cat npm.log; exit 1; }
cat >main.js <<'END'
const http = require('http')
const net = require('net')
const { once } = require('events')
const parse = require('http-message-parser')
const { parseRequest, parseResponse } = require('http-string-parser')

setTimeout(() => { console.log('gave up after 60 s'); process.exit(1) }, 60000).unref()

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}
const json = JSON.stringify

// response returns the bytes of what a server of Node answers.
async function response(answer) {
  const server = http.createServer((request, result) => {
    result.sendDate = false
    result.setHeader('Connection', 'close')
    answer(result)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const conn = net.connect(server.address().port, '127.0.0.1')
  conn.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  const chunks = []
  for await (const chunk of conn) chunks.push(chunk)
  server.close()
  return Buffer.concat(chunks)
}

// request returns the bytes of what a client of Node sends.
async function request(options) {
  const server = net.createServer((conn) => conn.once('data', (data) => {
    server.emit('request', data)
    conn.end('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n')
  })).listen(0, '127.0.0.1')
  await once(server, 'listening')
  http.request({ host: '127.0.0.1', port: server.address().port, ...options }).on('error', () => {}).on('response', (r) => r.resume()).end()
  const [data] = await once(server, 'request')
  server.close()
  return data
}
const answer = (body, headers = {}) => response((result) => {
  for (const [name, value] of Object.entries({ 'Content-Length': body.length, ...headers })) result.setHeader(name, value)
  result.end(body)
})

async function main() {
  const plain = await answer('hello')
  check('a short body, http-message-parser', json(parse(plain).body), '"hello"')
  check('a short body, http-string-parser', json(parseResponse(plain.toString()).body), '"hello"')

  const lines = await answer('a\r\nb\r\n')
  check('CR LF, http-message-parser', json(parse(lines).body), '"a\\nb\\n"')
  check('CR LF, http-string-parser', json(parseResponse(lines.toString()).body), '"a\\r\\nb\\r\\n"')
  const text = await answer('{\n"a": 1\n}\n')
  check('LF, http-message-parser', json(parse(text).body), '"{\\n\\"a\\": 1\\n}\\n"')
  check('LF, http-string-parser', json(parseResponse(text.toString()).body), '"{\\r\\n\\"a\\": 1\\r\\n}\\r\\n"')
  const bytes = await answer(Buffer.from([0xff, 0x80, 0x00]))
  check('bytes, http-message-parser', json(parse(bytes).body), json('\ufffd\ufffd\0'))
  const rule = parse(await answer('one\n-----\ntwo\n-----\nthree\n', { 'Content-Type': 'text/plain' }))
  check('a line in the text, http-message-parser', json([rule.body, rule.boundary, rule.multipart.map((part) => part.body)]),
    json(['one\n', '---', ['\ntwo\n', '\nthree\n']]))

  const numbers = await answer('', { 'X-Order': '007', 'X-Version': '1.10', 'X-Id': '12345678901234567890', 'X-Key': '0x10', 'X-Name': 'a1' })
  const { 'X-Order': order, 'X-Version': version, 'X-Id': id, 'X-Key': key, 'X-Name': name } = parse(numbers).headers
  check('numbers, http-message-parser', json([order, version, id, key, name]), '[7,1.1,12345678901234567000,16,"a1"]')
  const cookies = await response((result) => { result.setHeader('Set-Cookie', ['a=1', 'b=2']); result.end() })
  check('two cookies, http-message-parser', parse(cookies).headers['Set-Cookie'], 'b=2')
  check('two cookies, http-string-parser', parseResponse(cookies.toString()).headers['Set-Cookie'], 'b=2')
  const teapot = await response((result) => { result.writeHead(418); result.end() })
  check('418, http-message-parser', parse(teapot).statusMessage, 'I')
  check('418, http-string-parser', parseResponse(teapot.toString()).statusMessage, "I'm a Teapot")
  for (const line of ['HTTP/1.1 200 ', 'HTTP/2 200 ']) {
    const { httpVersion, statusCode } = parse(Buffer.from(line + '\r\nContent-Length: 0\r\n\r\n'))
    check(`"${line}", http-message-parser`, json([httpVersion, statusCode]), '[null,null]')
  }

  const url = await request({ path: '/log?at=10:30' })
  check('a colon in the URL, http-message-parser', json(parse(url).headers), json({ 10: '30 HTTP/1.1', Host: parse(url).headers.Host, Connection: 'keep-alive' }))
  check('a colon in the URL, http-string-parser', json(Object.keys(parseRequest(url.toString()).headers)), '["Host","Connection"]')
  const method = parse(await request({ path: '/files', method: 'PROPFIND' }))
  check('PROPFIND, http-message-parser', json([method.method, method.url, method.httpVersion]), '[null,null,null]')

  if (!same) {
    console.log('one of the packages behaves differently from what is stated here')
    process.exit(1)
  }
  process.exit(0)
}
main()
END
node --no-deprecation main.js
