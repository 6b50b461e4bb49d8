#!/usr/bin/env bash
# Close of a tableflip listener does not close the port; clients connect and wait.
#
# Expected: a server stops accepting before it drains its conns, as
# http.Server.Shutdown does: it closes the listener, and new clients are refused.
# tableflip says of its listeners that it is safe to close them.
# Seen, github.com/cloudflare/tableflip v1.2.3: Fds keeps a duplicate of each
# listening socket for the next process. After Close the kernel still completes
# handshakes on it, and nobody accepts: the client's Dial and Write succeed, and its
# Read blocks until the process calls Stop, which resets the conn. A load balancer
# that tests the port takes the server for healthy during the whole drain.
# Listening on the same address again fails with "address already in use".
# Consequence: without an upgrade, call Stop before the drain, not in a defer
# after it. During an upgrade the duplicate is what keeps the port open, as it should.
# Sources: fds.go (addSyscallConnLocked keeps the duplicate until closeUsed or
# closeAndRemoveUsed) and upgrader.go (Stop).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/cloudflare/tableflip@v1.2.3 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"github.com/cloudflare/tableflip"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

const request = "GET / HTTP/1.0\r\n\r\n"

// shutdown serves ln until one request has been answered, and then shuts down.
func shutdown(ln net.Listener) {
	server := &http.Server{}
	go server.Serve(ln)
	c := must(net.Dial("tcp", ln.Addr().String()))
	must(c.Write([]byte(request)))
	must(c.Read(make([]byte, 1)))
	c.Close()
	check(server.Shutdown(context.Background()))
}

func main() {
	plain := must(net.Listen("tcp", "127.0.0.1:0"))
	shutdown(plain)
	_, refused := net.Dial("tcp", plain.Addr().String())
	fmt.Println("package net, after Shutdown, Dial:", refused)

	up := must(tableflip.New(tableflip.Options{}))
	ln := must(up.Listen("tcp", "127.0.0.1:0"))
	address := ln.Addr().String()
	check(up.Ready())
	shutdown(ln)

	c, dialed := net.DialTimeout("tcp", address, 10*time.Second)
	fmt.Println("tableflip, after Shutdown, Dial:", dialed)
	check(dialed)
	must(c.Write([]byte(request)))
	c.SetReadDeadline(time.Now().Add(time.Second))
	_, waited := c.Read(make([]byte, 1))
	fmt.Println("tableflip, after Shutdown, Read for a second:", waited)
	_, again := up.Listen("tcp", address)
	fmt.Println("tableflip, after Shutdown, Listen again:", again)

	up.Stop()
	<-up.Exit()
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, reset := c.Read(make([]byte, 1))
	fmt.Println("tableflip, after Stop, Read:", reset)
	_, closed := net.Dial("tcp", address)
	fmt.Println("tableflip, after Stop, Dial:", closed)

	if !errors.Is(refused, syscall.ECONNREFUSED) || !errors.Is(waited, os.ErrDeadlineExceeded) || again == nil ||
		!errors.Is(reset, syscall.ECONNRESET) || !errors.Is(closed, syscall.ECONNREFUSED) {
		fmt.Println("tableflip behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
