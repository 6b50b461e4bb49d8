#!/usr/bin/env bash
# cmux.PrefixMatcher waits for one byte more than its longest prefix has.
#
# Expected: PrefixMatcher("AB") matches as soon as a client has sent "AB".
# Seen, github.com/soheilhy/cmux v0.1.5: the matcher first reads as many bytes as
# its longest prefix has, plus one, and only then compares. A client that sends
# "AB" and waits for an answer waits for the read timeout, which is off unless
# SetReadTimeout is called, or for its own half-close. "No match" takes as long:
# HTTP1Fast is a PrefixMatcher and wants eight bytes (CONNECT plus one). So
# "QUIT\r\n" does not reach the listener of an Any that comes after it.
# Consequence: for a protocol whose client waits after a short first message,
# write a Matcher of your own that reads no more than it must.
# Sources: patricia.go (newPatriciaTree adds the one, matchPrefix uses
# io.ReadFull); the project's issues 65 and 79 meet it from outside.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/soheilhy/cmux@v0.1.5 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"net"
	"os"
	"time"

	"github.com/soheilhy/cmux"
)

var late = time.AfterFunc(2*time.Minute, func() { fmt.Println("gave up after 2 minutes"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

// matched says whether a client that sends text and waits is given to one of
// the matchers' listeners. A client that should be is waited for longer.
func matched(want bool, text string, matchers ...[]cmux.Matcher) bool {
	root := must(net.Listen("tcp", "127.0.0.1:0"))
	defer root.Close()
	m := cmux.New(root)
	got := make(chan net.Conn, 1)
	for _, one := range matchers {
		ln := m.Match(one...)
		go func() {
			if c, err := ln.Accept(); err == nil {
				got <- c
			}
		}()
	}
	go m.Serve()
	client := must(net.Dial("tcp", root.Addr().String()))
	defer client.Close()
	must(client.Write([]byte(text)))
	wait := 2 * time.Second
	if want {
		wait = 30 * time.Second
	}
	select {
	case c := <-got:
		c.Close()
		return true
	case <-time.After(wait):
		return false
	}
}

func one(m cmux.Matcher) []cmux.Matcher { return []cmux.Matcher{m} }

func main() {
	two := one(cmux.PrefixMatcher("AB"))
	ten := one(cmux.PrefixMatcher("AB", "LONGPREFIX"))
	bad := false
	for _, c := range []struct {
		name, text string
		matchers   [][]cmux.Matcher
		want       bool
	}{
		{"PrefixMatcher of 2 bytes", "AB", [][]cmux.Matcher{two}, false},
		{"PrefixMatcher of 2 bytes", "AB1", [][]cmux.Matcher{two}, true},
		{"PrefixMatcher of 2 and 10", "AB12345678", [][]cmux.Matcher{ten}, false},
		{"PrefixMatcher of 2 and 10", "AB123456789", [][]cmux.Matcher{ten}, true},
		{"HTTP1Fast before Any", "QUIT\r\n", [][]cmux.Matcher{one(cmux.HTTP1Fast()), one(cmux.Any())}, false},
		{"HTTP1Fast before Any", "QUIT\r\n\r\n", [][]cmux.Matcher{one(cmux.HTTP1Fast()), one(cmux.Any())}, true},
		{"Any alone", "QUIT\r\n", [][]cmux.Matcher{one(cmux.Any())}, true},
	} {
		got := matched(c.want, c.text, c.matchers...)
		fmt.Printf("%-25s client sent %-14q and waits: accepted %v\n", c.name, c.text, got)
		bad = bad || got != c.want
	}
	if bad {
		fmt.Println("cmux behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
