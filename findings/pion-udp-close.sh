#!/usr/bin/env bash
# A closed conn of pion's UDP listener still writes, and comes back by itself.
#
# Expected: the listener makes a net.Conn for each remote address, so a server for
# TCP runs over UDP. After Close, Write fails with net.ErrClosed. The end of a
# deadline is os.ErrDeadlineExceeded. A buffer that is too small cuts a datagram
# without an error, as net.UDPConn does.
# Seen, github.com/pion/transport/v3 v3.1.1, package udp:
# - After Close, Write returns no error, and the peer gets the datagram. A handler
#   that has closed its conn never learns it from Write; Read returns io.EOF, as if
#   the peer had closed.
# - A datagram that the peer sends after that, a retransmission, say, begins a new
#   conn: Accept returns it, and the server greets the same peer again.
# - The end of a read deadline is a net.Error but not os.ErrDeadlineExceeded; that of
#   a write deadline is context.DeadlineExceeded.
# - Read into a small buffer returns io.ErrShortBuffer, and the rest is lost.
# Consequence: remember closed peers for a while (AcceptFilter sees only the bytes),
# and ask net.Error for Timeout.
# Sources: udp/conn.go (Write does not look at doneCh; Close forgets the address);
# packetio/buffer.go (Read); package net, type Conn.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/pion/transport/v3@v3.1.1 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/pion/transport/v3/udp"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

func main() {
	same := true
	check := func(ok bool) { same = same && ok }
	b := make([]byte, 100)

	ln := must(udp.Listen("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	peer := must(net.Dial("udp", ln.Addr().String()))
	peer.SetDeadline(time.Now().Add(30 * time.Second))
	must(peer.Write([]byte("hello")))
	c := must(ln.Accept())

	n, err := c.Read(b[:2])
	fmt.Printf("Read of \"hello\" into 2 bytes: %d, %v\n", n, err)
	check(n == 2 && errors.Is(err, io.ErrShortBuffer))

	c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	_, err = c.Read(b)
	var timeout net.Error
	fmt.Printf("Read, deadline: %v, net.Error %v, os.ErrDeadlineExceeded %v\n",
		err, errors.As(err, &timeout), errors.Is(err, os.ErrDeadlineExceeded))
	check(errors.As(err, &timeout) && timeout.Timeout() && !errors.Is(err, os.ErrDeadlineExceeded))
	c.SetReadDeadline(time.Time{})
	c.SetWriteDeadline(time.Now().Add(-time.Second))
	_, err = c.Write([]byte("x"))
	fmt.Printf("Write, deadline: %v, os.ErrDeadlineExceeded %v\n", err, errors.Is(err, os.ErrDeadlineExceeded))
	check(errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, os.ErrDeadlineExceeded))
	c.SetWriteDeadline(time.Time{})

	if err := c.Close(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	_, err = c.Write([]byte("ghost"))
	n, got := peer.Read(b)
	fmt.Printf("after Close, Write: %v; the peer gets %q\n", err, b[:n])
	check(err == nil && got == nil && string(b[:n]) == "ghost")
	_, err = c.Read(b)
	fmt.Printf("after Close, Read: %v, net.ErrClosed %v\n", err, errors.Is(err, net.ErrClosed))
	check(err == io.EOF)

	must(peer.Write([]byte("again")))
	second := must(ln.Accept())
	fmt.Printf("the peer sends again: a new conn from the same address: %v\n", second.RemoteAddr().String() == c.RemoteAddr().String())
	check(second.RemoteAddr().String() == c.RemoteAddr().String())

	if !same {
		fmt.Println("the package behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
