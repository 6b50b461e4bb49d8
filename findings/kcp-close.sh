#!/usr/bin/env bash
# Close of a kcp-go session tells the peer nothing, and drops most of a Write.
#
# Expected: a session is a net.Conn over a reliable protocol. What Write has taken
# arrives after Close, as with TCP, and the peer's Read then returns io.EOF.
# Seen, github.com/xtaci/kcp-go/v5 v5.7.5: Write returns as soon as the bytes are
# queued. Close sends once what the congestion window allows, waits for no
# acknowledgment and forgets the rest. Of 40 kB that were written just before
# Close, the peer gets the first packets, and its Read then blocks until its own
# deadline, with a timeout: KCP has no end of stream.
# So io.Copy and io.ReadAll never return, and each client that leaves costs the
# server a session until an idle timeout of its own.
# Consequence: end a stream with a message of your own, wait for its answer before
# Close, and set a read deadline on every session.
# Sources: sess.go (Close flushes the window once); package net, type Conn.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/xtaci/kcp-go/v5@v5.7.5 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'END'
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/xtaci/kcp-go/v5"
)

var late = time.AfterFunc(2*time.Minute, func() { fmt.Println("gave up after 2 minutes"); os.Exit(1) })

const size = 40_000

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// send writes size bytes to a new server and closes the conn, at once or after
// the server has them all. It returns how many arrived, and how the server's
// Read ended: it has a deadline of two seconds.
func send(wait bool) (int, error) {
	ln, err := kcp.Listen("127.0.0.1:0")
	check(err)
	defer ln.Close()
	c, err := kcp.Dial(ln.Addr().String())
	check(err)
	_, err = c.Write(make([]byte, size))
	check(err)
	s, err := ln.Accept()
	check(err)
	if !wait {
		check(c.Close())
	}
	defer s.Close()
	got, buf := 0, make([]byte, size)
	for {
		s.SetReadDeadline(time.Now().Add(2 * time.Second))
		n, err := s.Read(buf)
		got += n
		if err != nil {
			return got, err
		}
		if got == size && wait {
			check(c.Close())
			wait = false
		}
	}
}

func main() {
	cut, err := send(false)
	fmt.Printf("Close right after Write: %d of %d bytes, then %v\n", cut, size, err)
	all, err2 := send(true)
	fmt.Printf("Close after all has arrived: %d of %d bytes, then %v\n", all, size, err2)
	timeout := func(err error) bool {
		var n net.Error
		return errors.As(err, &n) && n.Timeout()
	}
	if cut == size || !timeout(err) || all != size || !timeout(err2) {
		fmt.Println("kcp behaves differently from what is stated here")
		os.Exit(1)
	}
}
END
go run .
