#!/usr/bin/env bash
# Write to a yamux stream that the peer has closed blocks, without an error.
#
# Expected: a peer that closes its end reads no more. Over TCP the next bytes are answered
# with a reset, and a Write after that fails, so a server that streams to a client which
# has left comes to its end.
# Seen, github.com/hashicorp/yamux v0.1.2 and github.com/libp2p/go-yamux/v5 v5.1.0: Close
# sends a FIN, which says only that the peer writes no more. Write goes on as if it were
# read: 256 KiB, the window, are taken with no error and thrown away on the other side.
# Then the window is never opened again, and Write blocks. Answers that are smaller report
# success, so tests with them pass.
# With hashicorp's package the closed end resets the stream after StreamCloseTimeout, 5
# minutes unless set. In libp2p's there is no such limit: Write blocks until its deadline,
# or until the session ends.
# A Read at the same time returns io.EOF, which a half-close does, too.
# Consequence: set a write deadline, or end a stream that is no longer wanted with Reset
# (libp2p), and a short StreamCloseTimeout (hashicorp).
# Sources: stream.go of both (Close sends flagFIN only); session.go of both (a frame for a
# stream that is gone is discarded, and no window update is sent).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/hashicorp/yamux@v0.1.2 github.com/libp2p/go-yamux/v5@v5.1.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	hashicorp "github.com/hashicorp/yamux"
	libp2p "github.com/libp2p/go-yamux/v5"
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

func ofTCP() (writer, closer net.Conn) {
	writer, closer = pair()
	must(writer.Write([]byte("hello")))
	return writer, closer
}

func ofHashicorp(closeTimeout time.Duration) (writer, closer net.Conn) {
	client, server := pair()
	config := hashicorp.DefaultConfig()
	config.StreamCloseTimeout = closeTimeout
	config.LogOutput = io.Discard
	s := must(must(hashicorp.Client(client, config)).OpenStream())
	must(s.Write([]byte("hello")))
	return s, must(must(hashicorp.Server(server, config)).AcceptStream())
}

func ofLibp2p() (writer, closer net.Conn) {
	client, server := pair()
	s := must(must(libp2p.Client(client, nil, nil)).OpenStream(context.Background()))
	must(s.Write([]byte("hello")))
	return s, must(must(libp2p.Server(server, nil, nil)).AcceptStream())
}

type result struct {
	written int
	err     error
}

// stream writes up to 64 MiB to a conn whose peer reads "hello" and closes.
func stream(writer, closer net.Conn) <-chan result {
	must(io.ReadFull(closer, make([]byte, len("hello"))))
	closer.Close()
	if _, err := writer.Read(make([]byte, 1)); err != io.EOF {
		fmt.Println("expected the peer's close, got", err)
		os.Exit(1)
	}
	ended := make(chan result, 1)
	go func() {
		var r result
		for r.err == nil && r.written < 64<<20 {
			var n int
			n, r.err = writer.Write(make([]byte, 4096))
			r.written += n
		}
		ended <- r
	}()
	return ended
}

func main() {
	tcp := <-stream(ofTCP())
	fmt.Printf("TCP: Write ended with %v\n", tcp.err)

	same := tcp.err != nil
	blocked := func(name string, writer, closer net.Conn) {
		ended := stream(writer, closer)
		select {
		case r := <-ended:
			fmt.Printf("%s: Write ended after %d bytes with %v\n", name, r.written, r.err)
			same = false
		case <-time.After(5 * time.Second):
			writer.SetWriteDeadline(time.Now())
			r := <-ended
			fmt.Printf("%s: %d bytes are taken, then Write blocks; after a deadline: %v\n", name, r.written, r.err)
			same = same && r.written > 200<<10 && r.written <= 256<<10
		}
	}
	w, c := ofHashicorp(5 * time.Minute)
	blocked("hashicorp/yamux", w, c)
	w, c = ofLibp2p()
	blocked("libp2p/go-yamux", w, c)

	w, c = ofHashicorp(time.Second)
	r := <-stream(w, c)
	fmt.Printf("hashicorp/yamux with a StreamCloseTimeout of 1 s: Write ended with %v\n", r.err)
	if !same || r.err == nil {
		fmt.Println("yamux behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
