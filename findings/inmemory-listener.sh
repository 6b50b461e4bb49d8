#!/usr/bin/env bash
# The in-memory listener of fasthttp differs from TCP where tests rely on it.
#
# Expected of fasthttputil.InmemoryListener, which tests use in place of a TCP
# listener: Dial returns before anybody accepts (a TCP listener has a backlog);
# a Read that its deadline ends returns a net.Error; a Read after the conn's own
# Close returns net.ErrClosed.
# Seen, github.com/valyala/fasthttp v1.78.0:
# - Dial blocks until Accept takes the conn. A test that dials and accepts in one
#   goroutine, which is right with TCP, deadlocks.
# - The timeout has the method Timeout but not Temporary, so it is no net.Error:
#   the usual errors.As says "not a timeout", and it is not
#   os.ErrDeadlineExceeded either.
# - After a conn's own Close, Read returns io.EOF, as if the peer had closed.
# - A Write of no bytes wakes the peer's Read, which returns 0 and no error.
# Consequence: what such a test shows of deadlines and of Close does not hold for
# TCP, nor the reverse.
# Sources: fasthttputil/inmemory_listener.go and pipeconns.go; package net, types
# Conn and Error.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/valyala/fasthttp@v1.78.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/valyala/fasthttp/fasthttputil"
)

var late = time.AfterFunc(2*time.Minute, func() { fmt.Println("gave up after 2 minutes"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

// behaviour is what a kind of network answers to the same four questions.
type behaviour struct{ dialsAlone, netError, errClosed, emptyWakes bool }

// ask dials ln and accepts the conn, then tries the four things.
func ask(ln net.Listener, dial func() (net.Conn, error)) (b behaviour) {
	dialed := make(chan net.Conn, 1)
	go func() { dialed <- must(dial()) }()
	var client net.Conn
	select {
	case client = <-dialed:
		b.dialsAlone = true
	case <-time.After(3 * time.Second):
	}
	server := must(ln.Accept())
	if client == nil {
		client = <-dialed
	}

	must(client.Write(nil))
	server.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	buf := make([]byte, 1)
	n, err := server.Read(buf)
	b.emptyWakes = n == 0 && err == nil

	server.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	_, err = server.Read(buf)
	var timeout net.Error
	b.netError = errors.As(err, &timeout) && errors.Is(err, os.ErrDeadlineExceeded)

	server.Close()
	_, err = server.Read(buf)
	b.errClosed = errors.Is(err, net.ErrClosed)
	if !b.errClosed && err != io.EOF {
		fmt.Println("Read after Close:", err)
	}
	return b
}

func main() {
	tcp := must(net.Listen("tcp", "127.0.0.1:0"))
	memory := fasthttputil.NewInmemoryListener()
	onTCP := ask(tcp, func() (net.Conn, error) { return net.Dial("tcp", tcp.Addr().String()) })
	inMemory := ask(memory, memory.Dial)
	fmt.Printf("TCP:       %+v\nin memory: %+v\n", onTCP, inMemory)
	if onTCP != (behaviour{true, true, true, false}) || inMemory != (behaviour{false, false, false, true}) {
		fmt.Println("the networks behave differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
