#!/usr/bin/env bash
# Publish of launchdarkly/eventsource blocks for ever once its server is closed.
#
# Expected: a publisher that runs on during a shutdown gets an error, or its event is
# dropped. Close twice does no harm. The package documents Publish with one sentence,
# "publishes an event to one or more channels".
# Seen, github.com/launchdarkly/eventsource v1.11.0: Publish, Register and a second Close
# hand their argument to a goroutine that Close has ended. They never return. A program
# whose publishers are waited for at the end, in a WaitGroup, does not end if the SSE
# server is closed first.
# Besides, data with a lone CR, as from old Macs or a progress display, is cut there: CR
# ends a line of the format, too, but only LF is looked for. The client gets the part
# before it and takes the rest for an unknown field.
# Consequence: stop all publishers before Close, and replace CR in data.
# Sources: server.go (the channels pub, registrations and quit have no buffer and no
# alternative); encoder.go (splits at "\n"); the HTML Standard, section 9.2.5.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/launchdarkly/eventsource@v1.11.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/launchdarkly/eventsource"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

type event string

func (e event) Id() string    { return "" }
func (e event) Event() string { return "" }
func (e event) Data() string  { return string(e) }

// blocks reports whether a call has not returned after three seconds.
func blocks(call func()) bool {
	done := make(chan struct{})
	go func() { call(); close(done) }()
	select {
	case <-done:
		return false
	case <-time.After(3 * time.Second):
		return true
	}
}

func main() {
	sse := eventsource.NewServer()
	server := httptest.NewServer(sse.Handler("news"))
	resp, err := http.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	publish := func(data string) { sse.Publish([]string{"news"}, event(data)) }
	publish("one\ntwo")
	publish("one\rtwo")
	go sse.Close() // ends the response, after what has been published
	text, _ := io.ReadAll(resp.Body)
	fmt.Printf("data with LF, and with CR: %q\n", text)

	published := blocks(func() { publish("late") })
	registered := blocks(func() { sse.Register("more", eventsource.NewSliceRepository()) })
	again := blocks(sse.Close)
	fmt.Printf("after Close: Publish blocks %v, Register blocks %v, Close blocks %v\n", published, registered, again)
	if string(text) != "data: one\ndata: two\n\ndata: one\rtwo\n\n" || !published || !registered || !again {
		fmt.Println("eventsource behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
