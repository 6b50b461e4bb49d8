#!/usr/bin/env bash
# Close of a melody session does not close the conn of a client that is behind.
#
# Expected: a WebSocket chat that finds a client too slow, because its queue is full,
# calls Close of the session, and that ends it. Close returns nil.
# Seen, github.com/olahol/melody v1.1.4: Close puts a close message into the queue.
# If that is full, the close message is dropped like any other: Close returns nil,
# only the error handler hears "session message buffer is full", and the session
# stays. When the client reads again it gets the old messages, and later ones, with
# a gap between them and no close. Close of the whole Melody, meant for a shutdown,
# misses such sessions in the same way.
# The client is dropped only if it reads nothing at all for WriteWait, 10 s.
# Consequence: the package has no call that ends such a session. Keep its net.Conn
# yourself, for example by http.Server.ConnContext, and close that.
# Sources: session.go (Close calls writeMessage, which gives up when the queue is
# full); hub.go (exit).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/olahol/melody@v1.1.4 github.com/gorilla/websocket@v1.5.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/gorilla/websocket"
	"github.com/olahol/melody"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// slow closes one client, by way of end, whose queue is full, or before it is.
func slow(full bool, end func(*melody.Melody, *melody.Session) error) string {
	m := melody.New()
	m.Config.WriteWait = time.Minute // no other end than the one in question
	sessions := make(chan *melody.Session, 1)
	m.HandleConnect(func(s *melody.Session) { sessions <- s })
	dropped := make(chan struct{}, 10000)
	m.HandleError(func(s *melody.Session, err error) {
		if errors.Is(err, melody.ErrMessageBufferFull) {
			dropped <- struct{}{}
		}
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { m.HandleRequest(w, r) }))
	defer server.CloseClientConnections()
	c, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http"), nil)
	check(err)
	defer c.Close()
	s := <-sessions

	large := []byte(strings.Repeat("x", 128<<10))
	for full && len(dropped) < 10 { // the client reads none of them
		check(s.Write(large))
	}
	closed := end(m, s)
	time.Sleep(500 * time.Millisecond) // for a close that is under way

	after := s.Write([]byte("still served")) // dropped if the queue is full again
	c.SetReadDeadline(time.Now().Add(30 * time.Second))
	for n := 0; ; n++ {
		_, message, err := c.ReadMessage()
		if err != nil {
			return fmt.Sprintf("Close: %v, later Write: %v, client: %v", closed, after, err)
		}
		if string(message) == "still served" {
			return fmt.Sprintf("Close: %v, later Write: %v, client is still served", closed, after)
		}
		if full && n == 100 { // room in the queue
			after = s.Write([]byte("still served"))
		}
	}
}

func main() {
	session := func(_ *melody.Melody, s *melody.Session) error { return s.Close() }
	all := func(m *melody.Melody, _ *melody.Session) error { return m.Close() }
	quick, behind, shutdown := slow(false, session), slow(true, session), slow(true, all)
	fmt.Println("client that keeps up, Session.Close:", quick)
	fmt.Println("client that is behind, Session.Close:", behind)
	fmt.Println("client that is behind, Melody.Close:", shutdown)
	served := "Close: <nil>, later Write: <nil>, client is still served"
	if !strings.Contains(quick, "client: websocket: close") || behind != served || shutdown != served {
		fmt.Println("melody behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
