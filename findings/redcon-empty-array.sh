#!/usr/bin/env bash
# redcon closes a client that sends an empty array, which Redis ignores.
#
# Expected: a server made with redcon reads commands as Redis does.
# Seen, github.com/tidwall/redcon v1.6.4: "*0\r\n" and "*-1\r\n" are a protocol
# error, and the conn is closed with all commands that follow. Redis skips such
# an array without an answer (its own test suite sends "*-10\r\n" and expects
# the next PING to be answered). An inline command that is an empty line is
# skipped by both.
# Two more differences of inline commands: an escape such as "\x41" in double
# quotes arrives as x41, where Redis makes an A of it; and a tab does not
# separate words.
# Writing has one: WriteBulk(nil) is the empty string, $0, but WriteAny of a nil
# []byte is the null, $-1.
# Sources: redcon.go (readCommands); redis networking.c (processMultibulkBuffer)
# and sds.c (sdssplitargs); redis tests/unit/protocol.tcl.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/tidwall/redcon@v1.6.4 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/tidwall/redcon"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

// handle answers with its last argument, and NIL with both kinds of nil.
func handle(c redcon.Conn, cmd redcon.Command) {
	if string(cmd.Args[0]) == "NIL" {
		c.WriteBulk(nil)
		c.WriteAny([]byte(nil))
		return
	}
	c.WriteBulk(cmd.Args[len(cmd.Args)-1])
}

func main() {
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	go redcon.Serve(ln, handle, nil, nil)
	const invalid = "-ERR Protocol error: invalid multibulk length\r\n"
	bad := false
	for _, c := range []struct{ send, want string }{
		{"\r\nPING\r\n", "$4\r\nPING\r\n"},
		{"*0\r\nPING\r\n", invalid},
		{"*-1\r\nPING\r\n", invalid},
		{"ECHO \"\\x41\"\r\n", "$3\r\nx41\r\n"},
		{"ECHO\ta\r\n", "$6\r\nECHO\ta\r\n"},
		{"NIL\r\n", "$0\r\n\r\n$-1\r\n"},
	} {
		conn := must(net.Dial("tcp", ln.Addr().String())).(*net.TCPConn)
		must(io.WriteString(conn, c.send))
		conn.CloseWrite()
		got := string(must(io.ReadAll(conn)))
		conn.Close()
		fmt.Printf("sent %-20q answer %q\n", c.send, got)
		bad = bad || got != c.want
	}
	if bad {
		fmt.Println("redcon behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
