#!/usr/bin/env bash
# A lazy conn of go-multistream reports success to a peer without the protocol.
#
# Expected: NewMSSelect negotiates a protocol with the first Write, without waiting. So
# Write cannot know yet that the peer refuses, but Close does: its comment says that it
# finishes the handshake. Close of a conn does not wait for the peer.
# Seen, github.com/multiformats/go-multistream v0.6.1:
# - If the peer answers "na", Write and Close return nil. A client that only sends (an
#   event, a metric) never learns that the peer has not understood one message. Read
#   returns the error, protocols not supported.
# - The peer, meanwhile, goes on to negotiate, and takes the message for the next
#   proposal.
# - Close waits for the peer's answer, though no answer can change its result. If the
#   peer is silent it waits for ever, with no deadline of its own; one of the conn ends it.
# Consequence: call Read, with no bytes if there is nothing to read, before you trust
# that a message has arrived. Set a read deadline before Close.
# Sources: lazyClient.go (Close drops the error of the handshake); the project's pull
# request 115, since which Close waits; issue 20 on what a lazy negotiation cannot know.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/multiformats/go-multistream@v0.6.1 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/multiformats/go-multistream"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

// pair returns the two ends of a TCP conn.
func pair() (client, server net.Conn) {
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	defer ln.Close()
	client = must(net.Dial("tcp", ln.Addr().String()))
	return client, must(ln.Accept())
}

// peer negotiates like a program that knows /chat/1 only.
func peer(conn net.Conn) <-chan error {
	mux := multistream.NewMultistreamMuxer[string]()
	mux.AddHandler("/chat/1", func(string, io.ReadWriteCloser) error { return nil })
	done := make(chan error, 1)
	go func() {
		_, _, err := mux.Negotiate(conn)
		done <- err
	}()
	return done
}

func main() {
	client, server := pair()
	negotiated := peer(server)
	lazy := multistream.NewMSSelect(client, "/metrics/1")
	n, wrote := lazy.Write([]byte("requests 1\n"))
	closed := lazy.Close()
	refused := <-negotiated
	fmt.Printf("unknown protocol: Write: %d, %v; Close: %v; the peer's negotiation: %v\n", n, wrote, closed, refused)

	client, server = pair()
	peer(server)
	lazy = multistream.NewMSSelect(client, "/metrics/1")
	lazy.Write([]byte("requests 1\n"))
	_, read := lazy.Read(nil)
	fmt.Printf("unknown protocol: Read of no bytes: %v\n", read)

	client, _ = pair()
	lazy = multistream.NewMSSelect(client, "/metrics/1")
	lazy.Write([]byte("requests 1\n"))
	ended := make(chan error, 1)
	go func() { ended <- lazy.Close() }()
	waits := false
	select {
	case <-ended:
	case <-time.After(3 * time.Second):
		waits = true
	}
	client.SetReadDeadline(time.Now())
	err := <-ended
	fmt.Printf("silent peer: Close waits: %v; after a read deadline: %v\n", waits, err)

	if wrote != nil || closed != nil || refused == nil || !waits || err != nil ||
		read == nil || !strings.Contains(read.Error(), "not supported") {
		fmt.Println("go-multistream behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
