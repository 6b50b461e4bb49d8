#!/usr/bin/env bash
# Node's logfmt packages read Go's log lines without their line breaks, and write lines that Go cannot read.
#
# Expected: a line of logfmt is what a logger of one language writes and a reader of another one reads back. Go's
# log/slog and go-logfmt put a text with a line break or a tab into quotation marks, as \n and \t. Outside of
# quotation marks a backslash is a character as any other.
# Seen, the Node packages logfmt 1.4.0, @jclem/logfmt2 2.4.3 and winston-logfmt 1.0.0, with log/slog of Go and
# github.com/go-logfmt/logfmt v0.6.1:
# - logfmt and @jclem/logfmt2 read \n as "n" and \t as "t": a stack of two lines, "main()" and "run.go", is
#   "main()nrun.go".
# - A Windows path, which slog and go-logfmt write without quotation marks, loses its backslashes: C:\new\table is
#   "C:newtable".
# - logfmt reads the text "true" as a boolean, also in quotation marks.
# - logfmt writes a line break as it is. go-logfmt fails at it, "unterminated quoted value", and reads none of
#   the records that follow. If the text has no space, the rest of it is a record of its own.
# - @jclem/logfmt2 writes a space in place of a line break, and C:\new as C:\\new without quotation marks, which is
#   two backslashes in Go.
# - winston-logfmt writes quotation marks into a value without a space: say"hi" fails in go-logfmt in the same way.
#   It leaves empty texts out, and of {a: {b: {c: 1}}} writes b_c=1.
# Words, sentences and numbers are right, and each package reads its own paths.
# Consequence: replace line breaks and backslashes before you log, or write JSON.
# Sources: logfmt's lib/logfmt_parser.js (a backslash takes the next character as it is) and lib/stringify.js;
# @jclem/logfmt2's dist/decode.js and dist/encode.js; winston-logfmt's dist/formatter.js; log/slog's
# text_handler.go (needsQuoting).
set -eu
for tool in go npm; do
  command -v $tool >/dev/null || { echo "this finding needs go, node and npm"; exit 1; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{"private":true}' >package.json
npm install --ignore-scripts --no-audit --no-fund logfmt@1.4.0 @jclem/logfmt2@2.4.3 winston-logfmt@1.0.0 >npm.log 2>&1 ||
  { cat npm.log; exit 1; }
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/go-logfmt/logfmt@v0.6.1 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'END'
// With the argument "write", writes a record with log/slog and one with go-logfmt. Otherwise reads records.
package main

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/go-logfmt/logfmt"
)

func main() {
	if len(os.Args) > 1 {
		fields := []any{"stack", "main()\nrun.go", "path", `C:\new\table`, "flag", "true", "text", `say "hi"`}
		drop := func(groups []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey {
				return slog.Attr{}
			}
			return a
		}
		slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: drop})).Info("", fields...)
		encoder := logfmt.NewEncoder(os.Stdout)
		encoder.EncodeKeyvals(fields...)
		encoder.EndRecord()
		return
	}
	decoder := logfmt.NewDecoder(os.Stdin)
	for decoder.ScanRecord() {
		for decoder.ScanKeyval() {
			fmt.Printf("%s=%q ", decoder.Key(), decoder.Value())
		}
		fmt.Print("; ")
	}
	if decoder.Err() != nil {
		fmt.Print(decoder.Err())
	}
}
END
go build -o by-go . >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.js <<'END'
const { execFileSync } = require('child_process')
const { parse, stringify } = require('logfmt')
const { decode, encode } = require('@jclem/logfmt2')
const { logFmt } = require('winston-logfmt/dist/formatter')

let same = true
function check(what, got, want) {
  console.log(`${what}: ${got}`)
  same = same && got === want
}

const [slog, goLogfmt] = execFileSync('./by-go', ['write'], { encoding: 'utf8' }).trim().split('\n')
const line = 'stack="main()\\nrun.go" path=C:\\new\\table flag=true text="say \\"hi\\""'
check('log/slog writes', slog, line)
check('go-logfmt writes', goLogfmt, line)
const read = { stack: 'main()nrun.go', path: 'C:newtable', flag: true, text: 'say "hi"' }
check('logfmt reads', JSON.stringify(parse(line)), JSON.stringify(read))
check('@jclem/logfmt2 reads', JSON.stringify(decode(line)), JSON.stringify({ ...read, flag: 'true' }))
check('logfmt, flag="true"', parse('flag="true"').flag, true)

// go returns what go-logfmt reads of these lines.
const go = (...lines) => execFileSync('./by-go', { encoding: 'utf8', input: lines.map((text) => text.trim() + '\n').join('') }).trim()
const next = { next: 1 }
const broken = 'logfmt syntax error at pos'
const upTo = (text) => text.slice(0, text.indexOf(broken) + broken.length)
check('go-logfmt reads of its own', go(goLogfmt), 'stack="main()\\nrun.go" path="C:\\\\new\\\\table" flag="true" text="say \\"hi\\"" ;')
check('a sentence of logfmt', go(stringify({ msg: 'a b' }), stringify(next)), 'msg="a b" ; next="1" ;')
check('two lines of logfmt', upTo(go(stringify({ msg: 'a b\nc' }), stringify(next))), '; ' + broken)
check('two lines without a space of logfmt', go(stringify({ msg: 'a\nfailed' }), stringify(next)), 'msg="a" ; failed="" ; next="1" ;')
check('two lines of @jclem/logfmt2', go(encode({ msg: 'a\nb' }), encode(next)), 'msg="a b" ; next="1" ;')
check('a path of @jclem/logfmt2', go(encode({ path: 'C:\\new' })), 'path="C:\\\\\\\\new" ;')
check('a path of logfmt', go(stringify({ path: 'C:\\new' })), 'path="C:\\\\new" ;')
check('the same, read by logfmt', parse(stringify({ path: 'C:\\new' })).path, 'C:\\new')
check('the same of @jclem/logfmt2, read by itself', decode(encode({ path: 'C:\\new' })).path, 'C:\\new')
check('two lines of winston-logfmt', go(logFmt({ msg: 'a\nb' }), logFmt(next)), 'msg="a\\nb" ; next="1" ;')
check('quotation marks of winston-logfmt', upTo(go(logFmt({ msg: 'say"hi"' }), logFmt(next))), '; ' + broken)
check('nothing, and three levels of winston-logfmt', logFmt({ empty: '', a: { b: { c: 1 } } }), 'b_c=1 ')

if (!same) {
  console.log('one of the packages behaves differently from what is stated here')
  process.exit(1)
}
END
node --no-deprecation main.js
