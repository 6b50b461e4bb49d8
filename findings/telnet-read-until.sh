#!/usr/bin/env bash
# ReadUntil of the Go package telnet loses what it read and misses its delimiter.
#
# Expected: ReadUntil waits for a prompt. If a deadline ends it first, it returns
# what has arrived with the error, as bufio.Reader.ReadBytes does, which the
# documentation of its ReadBytes and ReadString names as their model. A delimiter
# that arrived is found.
# Seen, github.com/ziutek/telnet, last commit of March 2018:
# - ReadUntil, ReadBytes and ReadString that fail return nothing. What they had read
#   is gone, so a second try with a new deadline waits for a prompt whose first half
#   it has thrown away. At EOF the last line without its newline is lost, too.
# - ReadUntil misses a delimiter that begins inside a failed match: "\r\n" in
#   "\r\r\n", which many Telnet servers send, or "--> " after "--". It then waits
#   for the next one.
# - The command NOP, which servers send to keep a conn alive, is an error: "unknown
#   command: 241". So is Data Mark, 242.
# Consequence: read with Read, which loses nothing, and search yourself; treat the
# "unknown command" error as "read again".
# Sources: conn.go (readUntil goes back to the start of the delimiter without
# looking at the byte again; cmd); the project's issue 23 is about Data Mark;
# RFC 854 lists NOP.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/ziutek/telnet@v0.0.0-20180329124119-c3b780dc415b >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/ziutek/telnet"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

// serve returns a conn to a server that sends text, and then one message of more
// for each byte that it gets. It closes when the client half-closes.
func serve(text string, more ...string) net.Conn {
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	defer ln.Close()
	c := must(net.Dial("tcp", ln.Addr().String()))
	s := must(ln.Accept())
	must(io.WriteString(s, text))
	go func() {
		defer s.Close()
		for _, m := range more {
			if _, err := s.Read(make([]byte, 1)); err != nil {
				return
			}
			io.WriteString(s, m)
		}
		io.Copy(io.Discard, s)
	}()
	return c
}

func soon() time.Time { return time.Now().Add(time.Second) }

// twice reads up to a prompt that is complete only after a first deadline.
func twice(c net.Conn, read func() (string, error)) string {
	c.SetReadDeadline(soon())
	first, err := read()
	must(c.Write([]byte("x")))
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	second, again := read()
	return fmt.Sprintf("%q, timeout %v; then %q, %v", first, err != nil && err.(net.Error).Timeout(), second, again)
}

func tail(read func() (string, error)) string {
	text, err := read()
	return fmt.Sprintf("%q, %v", text, err)
}

func main() {
	same := true
	show := func(what, got, want string) {
		fmt.Printf("%s: %s\n", what, got)
		same = same && got == want
	}

	c := serve("user: ad", "min\n")
	r := bufio.NewReader(c)
	show("bufio ReadString, deadline in the line", twice(c, func() (string, error) { return r.ReadString('\n') }),
		`"user: ad", timeout true; then "min\n", <nil>`)
	c = serve("user: ad", "min\n")
	t := must(telnet.NewConn(c))
	show("telnet ReadString, deadline in the line", twice(c, func() (string, error) { return t.ReadString('\n') }),
		`"", timeout true; then "min\n", <nil>`)
	c = serve("password", ": ", "again: password: ")
	t = must(telnet.NewConn(c))
	until := func() (string, error) { b, err := t.ReadUntil("word: "); return string(b), err }
	c.SetReadDeadline(soon())
	_, first := until()
	must(c.Write([]byte("x")))
	c.SetReadDeadline(soon())
	_, second := until()
	show("telnet ReadUntil, deadline in the prompt", fmt.Sprintf("found %v, then found %v", first == nil, second == nil),
		"found false, then found false")

	c = serve("bye")
	c.(*net.TCPConn).CloseWrite()
	t = must(telnet.NewConn(c))
	show("telnet ReadString, last line without newline", tail(func() (string, error) { return t.ReadString('\n') }), `"", EOF`)

	for _, text := range []string{"ready\r\n", "ready\r\r\n", "---> "} {
		c = serve(text)
		t = must(telnet.NewConn(c))
		c.SetReadDeadline(time.Now().Add(time.Second))
		_, err := t.ReadUntil("\r\n", "--> ")
		show(fmt.Sprintf("telnet ReadUntil in %q", text), fmt.Sprintf("found %v", err == nil), fmt.Sprintf("found %v", text == "ready\r\n"))
	}

	for name, command := range map[string]byte{"NOP": 241, "Data Mark": 242} {
		t = must(telnet.NewConn(serve("still here\xff" + string([]byte{command}) + "\r\n")))
		b := make([]byte, 100)
		n, err := t.Read(b)
		show("telnet Read, text and "+name, fmt.Sprintf("%q, %v", b[:n], err),
			fmt.Sprintf(`"still here", unknown command: %d`, command))
	}

	if !same {
		fmt.Println("the package behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
