#!/usr/bin/env bash
# gin-contrib/sse loses the first space of a text, and writes CR as a backslash and an r.
#
# Expected: what a server sends as the data of an event is what the client's event has. LF, CR
# and CR LF each end a line of the text; on the wire each line has its own "data:".
# Seen, github.com/gin-contrib/sse v1.1.2, which c.SSEvent of gin uses:
# - The text is written right after the colon. A client removes one space there, if there is
#   one, as the standard demands. So " world" arrives as "world". Of a text that is
#   streamed word by word, as language models do, the spaces are gone.
# - CR becomes the two characters \r in the text. A text with CR LF, as from a form or a mail,
#   arrives with a visible \r at the end of each line.
# Objects travel as JSON, where neither happens.
# Consequence: send each text as JSON, or put a space before it and replace CR LF and CR with
# LF: c.SSEvent("token", " "+text).
# Sources: sse-encoder.go (writes "data:" without a space; dataReplacer replaces "\r" with
# "\\r"); the HTML Standard, section 9.2.6, on the first space of a value and on line ends.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/gin-contrib/sse@v1.1.2 github.com/launchdarkly/eventsource@v1.11.0 \
  >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/gin-contrib/sse"
	"github.com/launchdarkly/eventsource"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// send sends texts, each as an event, and returns the data of the events that a client gets.
func send(texts ...any) []string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, text := range texts {
			check(sse.Encode(w, sse.Event{Event: "token", Data: text}))
		}
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	stream := must(eventsource.Subscribe(server.URL, ""))
	defer stream.Close()
	var got []string
	for range texts {
		event := <-stream.Events
		got = append(got, event.Data())
	}
	return got
}

func main() {
	words := send("Hello", " world", " again")
	fmt.Printf("three words: %q\n", strings.Join(words, ""))
	lines := send("one\r\ntwo", "one\ntwo")
	fmt.Printf("two lines with CR LF: %q; with LF: %q\n", lines[0], lines[1])
	cured := send(" Hello", "  world", map[string]string{"text": " again"})
	fmt.Printf("with a space in front: %q; as JSON: %s\n", strings.Join(cured[:2], ""), cured[2])

	if strings.Join(words, "") != "Helloworldagain" || lines[0] != `one\r`+"\ntwo" || lines[1] != "one\ntwo" ||
		strings.Join(cured[:2], "") != "Hello world" || cured[2] != `{"text":" again"}` {
		fmt.Println("gin-contrib/sse behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
