#!/usr/bin/env bash
# Close of a cmux leaves the port open; Close of one of its listeners shuts it.
#
# Expected: Close of the mux closes its root listener, and Serve returns. Its doc
# comment says that it stops accepting. Close of one listener that Match returned
# ends only the protocol of that listener.
# Seen, github.com/soheilhy/cmux v0.1.5: the other way round. After Close of the
# mux, the listeners of Match return an error, but Serve goes on and the port
# still takes connections, which nobody serves. Close of one listener of Match is
# Close of the root: new clients are refused, for every protocol.
# So an http.Server whose Shutdown closes its own listener stops all the others.
# Besides, the error "mux: server closed" is not net.ErrClosed.
# Consequence: to stop a mux, close the root listener, and expect that.
# Sources: cmux.go (muxListener embeds the root listener; Close only closes
# channels).
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
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/soheilhy/cmux"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

type mux struct {
	cmux.CMux
	root, http, rest net.Listener
	served           chan error
}

func newMux() *mux {
	root := must(net.Listen("tcp", "127.0.0.1:0"))
	m := &mux{CMux: cmux.New(root), root: root, served: make(chan error, 1)}
	m.http, m.rest = m.Match(cmux.HTTP1()), m.Match(cmux.Any())
	go func() { m.served <- m.Serve() }()
	return m
}

// dials says whether a client still gets a connection.
func (m *mux) dials() bool {
	c, err := net.Dial("tcp", m.root.Addr().String())
	if err == nil {
		c.Close()
	}
	return err == nil
}

func (m *mux) serves() bool {
	select {
	case <-m.served:
		return false
	case <-time.After(2 * time.Second):
		return true
	}
}

func main() {
	m := newMux()
	m.Close()
	_, err := m.rest.Accept()
	dials, serves, closed := m.dials(), m.serves(), errors.Is(err, net.ErrClosed)
	fmt.Printf("mux closed: clients connect %v, Serve runs %v, Accept: %v (net.ErrClosed: %v)\n", dials, serves, err, closed)
	m.root.Close()

	n := newMux()
	n.http.Close()
	err = <-n.served
	fmt.Printf("one listener closed: clients connect %v, Serve: %v\n", n.dials(), err)
	if !dials || !serves || closed || n.dials() || !errors.Is(err, net.ErrClosed) {
		fmt.Println("cmux behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
