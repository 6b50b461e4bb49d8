#!/usr/bin/env bash
# golang.org/x/net/websocket returns each fragment of a message as a message.
#
# Expected: websocket.Message.Receive returns one message, even if its sender
# divided it into frames (RFC 6455 section 5.4). Senders that stream, and browsers
# with large messages, do divide them.
# Seen, golang.org/x/net v0.47.0: Receive returns the payload of one frame. A text
# of three frames gives three results, each without an error, and nothing says
# that they belong together. JSON.Receive gets the first frame only, and fails;
# the second frame is then read as the next message.
# The package's own clients send one frame for each message, so a test with them
# passes. Nor is a close told from a lost conn: both are io.EOF.
# Consequence: the package's documentation names other packages to use. With this
# one, put a length or an end mark of your own into each message.
# Sources: websocket/hybi.go (HandleFrame turns the type of a continuation frame
# into that of the frame before) and websocket.go (Codec.Receive reads one frame);
# golang/go issue 16945, open since 2016.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get golang.org/x/net@v0.47.0 github.com/gobwas/ws@v1.4.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'END'
package main

import (
	"context"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/gobwas/ws"
	"golang.org/x/net/websocket"
)

var late = time.AfterFunc(2*time.Minute, func() { fmt.Println("gave up after 2 minutes"); os.Exit(1) })

// receive returns what the server side gets, call by call, of the frames that
// send writes.
func receive(handler func(*websocket.Conn, chan<- string), send func(net.Conn)) string {
	got := make(chan string, 10)
	server := httptest.NewServer(websocket.Server{Handler: func(c *websocket.Conn) {
		handler(c, got)
		close(got)
	}})
	defer server.Close()
	conn, _, _, err := ws.Dial(context.Background(), "ws"+strings.TrimPrefix(server.URL, "http"))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	send(conn)
	defer conn.Close()
	var all []string
	for s := range got {
		all = append(all, s)
	}
	return strings.Join(all, " | ")
}

// texts reports each result of Message.Receive up to the first error.
func texts(c *websocket.Conn, got chan<- string) {
	for {
		var s string
		if err := websocket.Message.Receive(c, &s); err != nil {
			got <- err.Error()
			return
		}
		got <- fmt.Sprintf("%q", s)
	}
}

// values reports two results of JSON.Receive.
func values(c *websocket.Conn, got chan<- string) {
	for range 2 {
		var v []int
		if err := websocket.JSON.Receive(c, &v); err != nil {
			got <- "error"
		} else {
			got <- fmt.Sprint(v)
		}
	}
}

// message writes a text in as many frames as it has parts.
func message(conn net.Conn, parts ...string) {
	for i, p := range parts {
		op := ws.OpText
		if i > 0 {
			op = ws.OpContinuation
		}
		f := ws.MaskFrame(ws.NewFrame(op, i == len(parts)-1, []byte(p)))
		if err := ws.WriteFrame(conn, f); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
}

func bye(conn net.Conn) {
	ws.WriteFrame(conn, ws.MaskFrame(ws.NewCloseFrame(ws.NewCloseFrameBody(ws.StatusNormalClosure, "bye"))))
}

func main() {
	three := receive(texts, func(c net.Conn) { message(c, "hel", "lo ", "world"); message(c, "next"); bye(c) })
	dropped := receive(texts, func(c net.Conn) { c.Close() })
	lists := receive(values, func(c net.Conn) { message(c, "[1,2,", "3]") })
	fmt.Println("a text in three frames, one in one frame, close:", three)
	fmt.Println("conn dropped:", dropped)
	fmt.Println("JSON in two frames:", lists)
	if three != `"hel" | "lo " | "world" | "next" | EOF` || dropped != "EOF" || lists != "error | error" {
		fmt.Println("websocket behaves differently from what is stated here")
		os.Exit(1)
	}
}
END
go run .
