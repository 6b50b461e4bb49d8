#!/usr/bin/env bash
# A deadline that is set while a Write of a smux stream blocks does not count.
#
# Expected: a smux stream is a net.Conn. So a write deadline that is set while
# a Write is blocked ends that Write: package net says that it applies to
# "pending I/O", too.
# Seen, github.com/xtaci/smux v1.5.58: with protocol version 1, the default,
# Write looks at the deadline once, when it starts. With one that is set later it
# goes on until the peer reads, and then returns all bytes and no error, long
# after its deadline. With Config.Version = 2 it works as in package net.
# SetReadDeadline works in both versions, so a test with Read does not show it.
# Consequence: with version 1 set the deadline before Write.
# Sources: stream.go (writeV1 against writeV2); the project's issue 64 is about
# the same fault of Read, repaired in 2020; package net, type Conn.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/xtaci/smux@v1.5.58 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/xtaci/smux"
)

const size = 8 << 20 // far more than all buffers on the way

var late = time.AfterFunc(2*time.Minute, func() { fmt.Println("gave up after 2 minutes"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

// pair returns the two ends of a new stream.
func pair(version int) (local, peer *smux.Stream) {
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	defer ln.Close()
	c := must(net.Dial("tcp", ln.Addr().String())).(*net.TCPConn)
	s := must(ln.Accept()).(*net.TCPConn)
	c.SetWriteBuffer(32 << 10)
	s.SetReadBuffer(32 << 10)
	config := smux.DefaultConfig()
	config.Version = version
	config.KeepAliveDisabled = true
	config.MaxReceiveBuffer = 256 << 10
	client := must(smux.Client(c, config))
	server := must(smux.Server(s, config))
	local = must(client.OpenStream())
	return local, must(server.AcceptStream())
}

// attempt starts a Write that blocks, sets a deadline that has passed, waits, lets
// the peer read, and says when Write returned.
func attempt(version int) (early bool, n int, err error) {
	local, peer := pair(version)
	done := make(chan struct{})
	go func() { n, err = local.Write(make([]byte, size)); close(done) }()
	time.Sleep(500 * time.Millisecond)
	local.SetWriteDeadline(time.Now())
	wait := 2 * time.Second
	if version == 2 {
		wait = 30 * time.Second // it returns at once; a busy machine may be late
	}
	select {
	case <-done:
		early = true
	case <-time.After(wait):
	}
	go func() { io.Copy(io.Discard, peer); peer.Close() }()
	<-done
	return early, n, err
}

func main() {
	bad := false
	for _, version := range []int{1, 2} {
		early, n, err := attempt(version)
		fmt.Printf("version %d: the deadline ended Write: %v; wrote all: %v, error: %v\n", version, early, n == size, err)
		bad = bad || early != (version == 2) || (err == nil) != (version == 1)
	}
	if bad {
		fmt.Println("smux behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
