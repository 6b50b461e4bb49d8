#!/usr/bin/env bash
# Toxiproxy without any toxic turns a half-close into a close, and a reset into EOF.
#
# Expected of Shopify's Toxiproxy, which stands between a program and its server in
# tests: without a toxic it passes on what it gets. A client that half-closes after its
# request gets the answer. A server that resets the conn in the middle of an answer
# makes the client's Read fail with a reset.
# Seen, github.com/Shopify/toxiproxy/v2 v2.5.0:
# - The FIN of one side closes both conns. The server's Write returns no error, and the
#   client reads a clean EOF instead of the answer.
# - A reset of one side is a clean close for the other, so a client that takes EOF for
#   the end of the answer accepts the first half of it as the whole.
# So a test of both through this proxy fails for right code, or passes for wrong code.
# Consequence: test protocols that half-close without it. To make a reset, use its toxic
# reset_peer; a server's own reset does not get through.
# Sources: link.go (write closes its destination at the end of the input, whatever the
# error was) and proxy.go (RemoveConnection); the project's documentation of reset_peer.
set -eu
command -v go >/dev/null || { echo "this finding needs go"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/Shopify/toxiproxy/v2@v2.5.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

// listen returns the address of a server that gives each conn to handle.
func listen(handle func(*net.TCPConn)) string {
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go handle(c.(*net.TCPConn))
		}
	}()
	return ln.Addr().String()
}

// through returns the address of a proxy without toxics in front of server.
func through(server string) string {
	s := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := toxiproxy.NewProxy(s, "finding", "127.0.0.1:0", server)
	if err := p.Start(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return p.Listen
}

// ask sends a request, half-closes if asked to, and returns what it reads up to the end.
func ask(addr string, halfClose bool) string {
	c := must(net.Dial("tcp", addr)).(*net.TCPConn)
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	must(io.WriteString(c, "request"))
	if halfClose {
		c.CloseWrite()
	}
	text := make([]byte, 100)
	n := 0
	for {
		m, err := c.Read(text[n:])
		n += m
		if errors.Is(err, syscall.ECONNRESET) {
			return fmt.Sprintf("%q, reset", text[:n])
		}
		if err != nil {
			return fmt.Sprintf("%q, %v", text[:n], err)
		}
		if string(text[:n]) == "half of" {
			must(c.Write([]byte("x"))) // the server resets only now
		}
	}
}

func main() {
	answers := listen(func(c *net.TCPConn) {
		defer c.Close()
		request, _ := io.ReadAll(c)
		time.Sleep(500 * time.Millisecond)
		fmt.Fprintf(c, "answer to %s", request)
	})
	resets := listen(func(c *net.TCPConn) {
		c.Read(make([]byte, 100))
		io.WriteString(c, "half of")
		c.Read(make([]byte, 100))
		c.SetLinger(0)
		c.Close()
	})
	same := true
	for _, t := range []struct {
		name, addr string
		halfClose  bool
		want       string
	}{
		{"half-close, direct", answers, true, `"answer to request", EOF`},
		{"half-close, Toxiproxy", through(answers), true, `"", EOF`},
		{"reset, direct", resets, false, `"half of", reset`},
		{"reset, Toxiproxy", through(resets), false, `"half of", EOF`},
	} {
		got := ask(t.addr, t.halfClose)
		fmt.Printf("%s: the client reads %s\n", t.name, got)
		same = same && got == t.want
	}
	if !same {
		fmt.Println("Toxiproxy behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
