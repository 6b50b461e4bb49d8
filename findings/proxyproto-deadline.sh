#!/usr/bin/env bash
# A go-proxyproto conn whose first read deadline passes never works again.
#
# Expected: a Read that its deadline ends returns a timeout (net.Error,
# os.ErrDeadlineExceeded). With a new deadline the conn goes on, as package net
# promises.
# Seen, github.com/pires/go-proxyproto v0.15.0, policy REQUIRE, its default: if
# the deadline passes before the PROXY header has come, Read returns
# ErrNoProxyProtocol, which is no net.Error. The conn keeps this result: when the
# right header comes a moment later, Read still returns the same error.
# So a server that wakes its readers with a deadline, to look at a flag or to
# count idle clients, turns each client with a late header away, and logs it as a
# client without a header.
# Consequence: set no read deadline before the header is in; ProxyHeader waits
# for it, at most for ReadHeaderTimeout.
# Sources: protocol.go (readHeader turns a timeout into ErrNoProxyProtocol, and
# sync.Once keeps it); package net, type Conn, on deadlines.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/pires/go-proxyproto@v0.15.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/pires/go-proxyproto"
)

const header = "PROXY TCP4 192.0.2.1 192.0.2.2 1111 2222\r\n"

var late = time.AfterFunc(2*time.Minute, func() { fmt.Println("gave up after 2 minutes"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

// readTwice reads with a deadline that passes, and again after the client has
// sent its text.
func readTwice(wrap func(net.Listener) net.Listener, text string) (first, second error) {
	root := must(net.Listen("tcp", "127.0.0.1:0"))
	ln := wrap(root)
	defer ln.Close()
	client := must(net.Dial("tcp", root.Addr().String()))
	defer client.Close()
	c := must(ln.Accept())
	defer c.Close()
	b := make([]byte, 10)
	c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	_, first = c.Read(b)
	c.SetReadDeadline(time.Now().Add(30 * time.Second))
	must(client.Write([]byte(text)))
	_, second = c.Read(b)
	return first, second
}

func timeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

func main() {
	plain := func(ln net.Listener) net.Listener { return ln }
	proxied := func(ln net.Listener) net.Listener {
		return &proxyproto.Listener{Listener: ln, ReadHeaderTimeout: time.Minute}
	}
	first, second := readTwice(plain, "body")
	fmt.Printf("TCP:   %v (timeout: %v); later: %v\n", first, timeout(first), second)
	bad := !timeout(first) || second != nil
	first, second = readTwice(proxied, header+"body")
	fmt.Printf("PROXY: %v (timeout: %v); later: %v\n", first, timeout(first), second)
	missing := proxyproto.ErrNoProxyProtocol
	if bad || timeout(first) || !errors.Is(first, missing) || !errors.Is(second, missing) {
		fmt.Println("go-proxyproto behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
