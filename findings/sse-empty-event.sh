#!/usr/bin/env bash
# An event with empty data ends all streams of r3labs/sse, and a newline cuts an event.
#
# Expected: Publish of a Server-Sent Events server sends an event to the clients,
# whatever its data is: lines become several "data:" fields, and no data is an empty
# one. A client connects again when its stream ends, as the standard demands.
# Seen, github.com/r3labs/sse/v2 v2.10.0:
# - An event without data ends the response of every subscriber, for the handler takes
#   it for the end. Events that follow are lost. A heartbeat or a "done" event that
#   consists of its name does this.
# - Data with a newline is written as it is, unless SplitData is set, which the README
#   does not name. Every client, the package's own too, gets the first line only.
# - The package's client takes the end of a stream for success: it stops, without an
#   error, and does not connect again. It does so only after an error of Read. Also, it
#   returns an event that the end has cut off as a complete one.
# Consequence: set SplitData, give each event some data, and subscribe in a loop.
# Sources: http.go (ServeHTTP leaves its loop at the first event without data and
# comment) and client.go (startReadLoop turns io.EOF into no error); the HTML Standard,
# sections 9.2.3 and 9.2.6.
set -eu
command -v go >/dev/null || { echo "this finding needs go"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/r3labs/sse/v2@v2.10.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"time"

	"github.com/r3labs/sse/v2"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

// publish sends each data to one subscriber, and returns the body that this gets.
func publish(split bool, data ...string) string {
	s := sse.New()
	s.SplitData = split
	s.CreateStream("news")
	h := httptest.NewServer(s)
	defer h.Close()
	r, err := http.Get(h.URL + "?stream=news")
	if err != nil {
		return err.Error()
	}
	for _, d := range data {
		s.Publish("news", &sse.Event{Event: []byte("e"), Data: []byte(d)})
	}
	time.AfterFunc(2*time.Second, s.Close)
	body, _ := io.ReadAll(r.Body)
	return string(body)
}

// subscribe returns what the package's client gets of a stream, how it ends, and how
// often the client has connected.
func subscribe(stream string) string {
	var conns atomic.Int32
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if conns.Add(1) > 1 {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, stream)
	}))
	defer h.Close()
	var got []string
	err := sse.NewClient(h.URL).SubscribeRaw(func(e *sse.Event) { got = append(got, string(e.Data)) })
	return fmt.Sprintf("%q, error %v, %d conn", got, err, conns.Load())
}

func main() {
	same := true
	show := func(what, got, want string) {
		fmt.Printf("%s: %s\n", what, got)
		same = same && got == want
	}
	one, two := "id: 0\ndata: one\nevent: e\n\n", "id: 1\ndata: two\nevent: e\n\n"
	show("one and two", fmt.Sprintf("%q", publish(false, "one", "two")), fmt.Sprintf("%q", one+two))
	show("one, no data, two", fmt.Sprintf("%q", publish(false, "one", "", "two")), fmt.Sprintf("%q", one))
	raw := "id: 0\ndata: a\nb\nevent: e\n\n"
	show("two lines", fmt.Sprintf("%q", publish(false, "a\nb")), fmt.Sprintf("%q", raw))
	lines := "id: 0\ndata: a\ndata: b\nevent: e\n\n"
	show("two lines, SplitData", fmt.Sprintf("%q", publish(true, "a\nb")), fmt.Sprintf("%q", lines))

	show("the client reads two lines", subscribe(raw), `["a"], error <nil>, 1 conn`)
	show("the client reads two fields", subscribe(lines), `["a\nb"], error <nil>, 1 conn`)
	show("the client reads a cut event", subscribe("data: one\n\ndata: tw"), `["one" "tw"], error <nil>, 1 conn`)

	if !same {
		fmt.Println("the package behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
