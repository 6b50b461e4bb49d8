#!/usr/bin/env bash
# One message that go-syslog rejects ends the whole octet-counted stream.
#
# Expected: octet counting (RFC 6587 section 3.4.1) says where each message ends. So a
# message that cannot be parsed is reported to the listener, and the next one is read;
# the package's parser for lines, nontransparent, does so.
# Seen, github.com/leodido/go-syslog/v4 v4.6.0, package octetcounting: after the first
# message that it rejects (one in the older format, say), Parse calls the listener with
# the error and returns. The rest of the stream is not read. If the server then waits for the
# client to close, the client's Write blocks once the buffers are full.
# WithBestEffort goes on after a message of a wrong format. It does not after one of
# more than 8192 bytes, a size that RFC 5424 allows and the length announces: Parse
# returns again, and the rest of the stream is lost.
# Consequence: close the conn when Parse returns, use WithBestEffort, and set
# WithMaxMessageLength to more than any sender sends.
# Sources: octetcounting/parser.go (run returns after an error unless bestEffort, and
# always after ILLEGAL); RFC 5424 section 6.1 (a receiver should truncate a message that
# is too long for it, or may discard that message).
set -eu
command -v go >/dev/null || { echo "this finding needs go"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/leodido/go-syslog/v4/nontransparent@v4.6.0 github.com/leodido/go-syslog/v4/octetcounting@v4.6.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/leodido/go-syslog/v4"
	"github.com/leodido/go-syslog/v4/nontransparent"
	"github.com/leodido/go-syslog/v4/octetcounting"
)

// counted and lines put messages into the two framings.
func counted(messages ...string) string {
	text := ""
	for _, m := range messages {
		text += fmt.Sprintf("%d %s", len(m), m)
	}
	return text
}

func lines(messages ...string) string { return strings.Join(messages, "\n") + "\n" }

// parse returns what the listener hears until Parse returns.
func parse(create func(...syslog.ParserOption) syslog.Parser, text string, options ...syslog.ParserOption) string {
	var heard []string
	create(append(options, syslog.WithListener(func(r *syslog.Result) {
		if r.Error != nil {
			heard = append(heard, "error")
		} else {
			heard = append(heard, "message")
		}
	}))...).Parse(strings.NewReader(text))
	return strings.Join(heard, ", ")
}

func main() {
	good := "<14>1 - host app - - - text"
	older := "<14>Oct 11 22:14:15 host app: text"
	long := good + strings.Repeat(".", 9000)
	same := true
	for _, t := range []struct{ name, got, want string }{
		{"lines, older format", parse(nontransparent.NewParser, lines(good, older, good)), "message, error, message"},
		{"lines, 9000 bytes", parse(nontransparent.NewParser, lines(good, long, good)), "message, message, message"},
		{"octets, older format", parse(octetcounting.NewParser, counted(good, older, good)), "message, error"},
		{"octets, older format, best effort", parse(octetcounting.NewParser, counted(good, older, good),
			syslog.WithBestEffort()), "message, error, message"},
		{"octets, 9000 bytes", parse(octetcounting.NewParser, counted(good, long, good)), "message, error"},
		{"octets, 9000 bytes, best effort", parse(octetcounting.NewParser, counted(good, long, good),
			syslog.WithBestEffort()), "message, error"},
		{"octets, 9000 bytes, higher limit", parse(octetcounting.NewParser, counted(good, long, good),
			syslog.WithMaxMessageLength(20000)), "message, message, message"},
	} {
		fmt.Printf("%s, and a good message: %s\n", t.name, t.got)
		same = same && t.got == t.want
	}
	if !same {
		fmt.Println("the package behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
