#!/usr/bin/env bash
# A deadline of websocket.NetConn that passes looks like a canceled context.
#
# Expected: NetConn makes a net.Conn of a WebSocket. Its documentation says that
# a deadline that ends a Read closes the conn; the error should still tell a
# timeout: net.Error with Timeout, or at least a deadline of os or context.
# Seen, github.com/coder/websocket v1.8.15: Read returns context.Canceled, though
# no context of the program was canceled. None of the three tests for a timeout
# holds. Read of the *websocket.Conn itself, with a context that times out,
# returns context.DeadlineExceeded.
# So a server that ends idle clients by a deadline logs them as its own shutdown,
# and code that asks Timeout() takes them for broken.
# Consequence: remember yourself that a deadline was set, or use contexts.
# Sources: netconn.go (the timer of a deadline calls cancel of a context made by
# context.WithCancel); the project's issues 228 and 242 are about the conn that
# is closed, not about the error.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/coder/websocket@v1.8.15 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/coder/websocket"
)

var late = time.AfterFunc(2*time.Minute, func() { fmt.Println("gave up after 2 minutes"); os.Exit(1) })

// dial returns a client whose server never sends a message.
func dial() (*websocket.Conn, func()) {
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := websocket.Accept(w, r, nil); err == nil {
			<-stop
		}
	}))
	c, _, err := websocket.Dial(context.Background(), server.URL, nil)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return c, func() { close(stop); c.CloseNow() }
}

// show prints how an error answers to the usual questions, and returns whether
// it is a timeout by any of them, and whether it is a canceled context.
func show(name string, err error) (timeout, canceled bool) {
	var n net.Error
	isNet := errors.As(err, &n) && n.Timeout()
	isOS, isCtx := errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded)
	canceled = errors.Is(err, context.Canceled)
	fmt.Printf("%s: %v\n  net.Error with Timeout %v, os.ErrDeadlineExceeded %v, context.DeadlineExceeded %v, context.Canceled %v\n",
		name, err, isNet, isOS, isCtx, canceled)
	return isNet || isOS || isCtx, canceled
}

func main() {
	c, done := dial()
	defer done()
	conn := websocket.NetConn(context.Background(), c, websocket.MessageBinary)
	conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	_, err := conn.Read(make([]byte, 10))
	timeout, canceled := show("deadline of NetConn", err)

	c, done = dial()
	defer done()
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	_, _, err = c.Read(ctx)
	direct, _ := show("timeout of a context", err)
	if timeout || !canceled || !direct {
		fmt.Println("websocket behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
