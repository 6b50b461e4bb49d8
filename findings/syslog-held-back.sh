#!/usr/bin/env bash
# go-syslog returns a message of a line stream only when the next one begins.
#
# Expected: with the framing of RFC 6587 section 3.4.2 a message ends at its newline. A
# server that gets the line hands the message out, as it does with octet counting. The
# client here is log/syslog of Go, which sends a line for each call.
# Seen, github.com/leodido/go-syslog/v4 v4.6.0, package nontransparent: the listener is
# called for a message when the first byte of the next one arrives, or when the conn is
# closed. The last message before a quiet period stays in the parser: "disk is failing"
# is reported once something else happens. A server that stops before that loses it.
# A test that sends its messages and closes the conn passes.
# The reason is a feature: a line that does not begin with "<" goes on in the message
# before it, so the parser must see the next byte.
# Besides, the lines of log/syslog are not RFC 3164: their time is that of RFC 3339,
# and the parser refuses them without its option WithRFC3339.
# Consequence: split the stream into lines with a bufio.Scanner, and give each line to
# the parser of package rfc3164 or rfc5424.
# Sources: nontransparent/parser.go.rl (on_init processes the candidate before it);
# log/syslog, writeString; RFC 6587 section 3.4.2.
set -eu
command -v go >/dev/null || { echo "this finding needs go"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/leodido/go-syslog/v4/nontransparent@v4.6.0 github.com/leodido/go-syslog/v4/rfc3164@v4.6.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"bufio"
	"fmt"
	"io"
	"log/syslog"
	"net"
	"os"
	"strings"
	"time"

	gosyslog "github.com/leodido/go-syslog/v4"
	"github.com/leodido/go-syslog/v4/nontransparent"
	"github.com/leodido/go-syslog/v4/rfc3164"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

func text(m gosyslog.Message, err error) string {
	if err != nil {
		return "refused"
	}
	return strings.TrimSpace(*m.(*rfc3164.SyslogMessage).Message)
}

// framed reads with the parser of a stream, and lines reads line by line.
func framed(r io.Reader, got chan<- string, options ...gosyslog.MachineOption) {
	nontransparent.NewParserRFC3164(
		gosyslog.WithMachineOptions(options...),
		gosyslog.WithListener(func(r *gosyslog.Result) { got <- text(r.Message, r.Error) }),
	).Parse(r)
}

func lines(r io.Reader, got chan<- string, options ...gosyslog.MachineOption) {
	for s := bufio.NewScanner(r); s.Scan(); {
		got <- text(rfc3164.NewParser(options...).Parse(s.Bytes()))
	}
}

// session logs two messages and closes. It waits for an answer after each step, and
// returns what has come before the next step.
func session(read func(io.Reader, chan<- string, ...gosyslog.MachineOption), wait time.Duration, options ...gosyslog.MachineOption) string {
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	defer ln.Close()
	w := must(syslog.Dial("tcp", ln.Addr().String(), syslog.LOG_INFO, "app"))
	conn := must(ln.Accept())
	defer conn.Close()
	got := make(chan string)
	go func() { read(conn, got, options...); close(got) }()
	var seen []string
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"first", func() error { return w.Info("first") }},
		{"second", func() error { return w.Info("second") }},
		{"close", w.Close},
	} {
		if err := step.do(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		what := "nothing"
		select {
		case m, ok := <-got:
			if ok {
				what = m[strings.LastIndex(m, " ")+1:]
			}
		case <-time.After(wait):
		}
		seen = append(seen, step.name+" gives "+what)
	}
	return strings.Join(seen, ", ")
}

func main() {
	same := true
	show := func(what, got, want string) {
		fmt.Printf("%s: %s\n", what, got)
		same = same && got == want
	}
	show("line by line", session(lines, 10*time.Second, rfc3164.WithRFC3339()),
		"first gives first, second gives second, close gives nothing")
	show("nontransparent", session(framed, 2*time.Second, rfc3164.WithRFC3339()),
		"first gives nothing, second gives first, close gives second")
	show("line by line, RFC 3164 time", session(lines, 10*time.Second),
		"first gives refused, second gives refused, close gives nothing")
	if !same {
		fmt.Println("the package behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
