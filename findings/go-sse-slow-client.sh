#!/usr/bin/env bash
# One client that reads nothing stops all events of go-sse, and headers come with the first.
#
# Expected: a server that sends each event to many clients has a queue for each, and drops
# a client that is too far behind, or events for it. A client that has connected gets the
# response's headers, which is when a browser says "open".
# Seen, github.com/tmaxmax/go-sse v0.12.0, Server with its default provider Joe:
# - One goroutine writes to all clients, one after the other. When the buffers of a client
#   that reads nothing are full, the write to it blocks, and so do the events for all
#   others, and Publish. As soon as that client leaves, everything goes on. A laptop that
#   was closed with a page open holds up the feed until TCP gives up, many minutes.
#   The documentation of Joe says that a subscriber's callback can block the others; the
#   subscriber here is the package's own.
# - The headers are sent with the first event. On a quiet feed a client waits for them
#   until its own timeout, and a proxy in between answers with 504.
# Consequence: set a write deadline in front of the server (http.Server.WriteTimeout ends
# all streams; http.ResponseController sets one for each write), and publish something
# for each new client.
# Sources: joe.go (start: Send and Flush for each subscriber); session.go (doUpgrade runs at
# the first Send or Flush).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/tmaxmax/go-sse@v0.12.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tmaxmax/go-sse"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

// events is more than the buffers of one conn hold: 40 MB.
const events = 4000

func subscribe(addr string) net.Conn {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	return conn
}

// follow counts the events that a client reads.
func follow(conn net.Conn, count *atomic.Int32) {
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "data: ") {
			count.Add(1)
		}
	}
}

// publish sends all events, and closes done after the last.
func publish(server *sse.Server, done chan<- struct{}) {
	for range events {
		message := &sse.Message{}
		message.AppendData(strings.Repeat("x", 10000))
		if err := server.Publish(message); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	close(done)
}

func main() {
	server := &sse.Server{}
	addr := httptest.NewServer(server).Listener.Addr().String()
	idle, reader := subscribe(addr), subscribe(addr)

	idle.SetReadDeadline(time.Now().Add(2 * time.Second))
	n, err := idle.Read(make([]byte, 1))
	quiet := n == 0 && err != nil
	fmt.Printf("before the first event a client reads %d bytes in two seconds, %v\n", n, err)

	var got atomic.Int32
	go follow(reader, &got)
	done := make(chan struct{})
	go publish(server, done)
	blocked := true
	for last := int32(-1); got.Load() != last; { // until nothing has come for three seconds
		last = got.Load()
		select {
		case <-done:
			blocked = false
		case <-time.After(3 * time.Second):
		}
	}
	before := got.Load()
	fmt.Printf("one client reads nothing: Publish blocks: %v; the other got %d of %d events\n", blocked, before, events)
	idle.Close()
	<-done
	for got.Load() < events {
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Printf("it has left: the other got %d\n", got.Load())
	if !quiet || !blocked || before == events {
		fmt.Println("go-sse behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
