#!/usr/bin/env bash
# A conn of x/net/proxy can half-close after Dial, but not after DialContext.
#
# Expected: the two methods of a SOCKS5 dialer differ in the context only.
# Seen, golang.org/x/net v0.47.0: Dial, which the package internally calls
# deprecated, returns the *net.TCPConn to the proxy. DialContext returns a
# *socks.Conn, which embeds the interface net.Conn. So the usual question
# conn.(interface{ CloseWrite() error }) says no. A relay that half-closes "if it
# can" never tells the server that the request is complete, and a server that
# answers at the end of its input never answers.
# So working code hangs once somebody gives it a context. The type *socks.Conn is
# in an internal package: a program cannot name it to reach the conn inside.
# Consequence: use Dial if you need the half-close, or dial the proxy yourself
# in a forward dialer that keeps the conn, as below.
# Sources: internal/socks/socks.go (the comments on Dial and DialContext) and
# client.go; proxy/socks5.go hides the type.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get golang.org/x/net@v0.47.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'END'
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/net/proxy"
)

var late = time.AfterFunc(2*time.Minute, func() { fmt.Println("gave up after 2 minutes"); os.Exit(1) })

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// serve is a proxy and its target in one: it grants one request, reads up to EOF
// and then says how much it got.
func serve(ln net.Listener) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			io.ReadFull(c, make([]byte, 3)) // version, one method: none
			c.Write([]byte{5, 0})
			io.ReadFull(c, make([]byte, 10)) // connect to an IPv4 address
			c.Write([]byte{5, 0, 0, 1, 127, 0, 0, 1, 0, 80})
			n, _ := io.Copy(io.Discard, c)
			fmt.Fprintf(c, "got %d bytes", n)
		}()
	}
}

// keeper is a forward dialer that remembers the conn to the proxy.
type keeper struct{ conn net.Conn }

func (k *keeper) Dial(network, addr string) (net.Conn, error) {
	return k.DialContext(context.Background(), network, addr)
}

func (k *keeper) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, network, addr)
	k.conn = c
	return c, err
}

type closeWriter interface{ CloseWrite() error }

// ask sends a request, half-closes if half can, and returns the answer.
func ask(name string, c net.Conn, half net.Conn) string {
	defer c.Close()
	_, err := c.Write([]byte("hello"))
	check(err)
	cw, can := half.(closeWriter)
	if can {
		check(cw.CloseWrite())
	}
	c.SetReadDeadline(time.Now().Add(time.Second))
	if can {
		c.SetReadDeadline(time.Time{})
	}
	b, err := io.ReadAll(c)
	answer := string(b)
	if err != nil {
		answer = "no answer"
	}
	fmt.Printf("%s: %T, CloseWrite %v: %s\n", name, c, can, answer)
	return answer
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go serve(ln)
	k := &keeper{}
	d, err := proxy.SOCKS5("tcp", ln.Addr().String(), nil, k)
	check(err)
	const target = "127.0.0.1:80"

	plain, err := proxy.SOCKS5("tcp", ln.Addr().String(), nil, nil)
	check(err)
	c, err := plain.Dial("tcp", target)
	check(err)
	first := ask("Dial", c, c)
	c, err = plain.(proxy.ContextDialer).DialContext(context.Background(), "tcp", target)
	check(err)
	second := ask("DialContext", c, c)
	c, err = d.(proxy.ContextDialer).DialContext(context.Background(), "tcp", target)
	check(err)
	third := ask("DialContext, forward conn kept", c, k.conn)
	if first != "got 5 bytes" || second != "no answer" || third != "got 5 bytes" {
		fmt.Println("proxy behaves differently from what is stated here")
		os.Exit(1)
	}
}
END
go run .
