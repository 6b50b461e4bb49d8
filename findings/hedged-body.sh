#!/usr/bin/env bash
# hedgedhttp splits the body of a request between its attempts.
#
# Expected: a client that starts a second attempt when no answer comes in time sends
# the whole request, taking the body from GetBody, as net/http does after a redirect;
# or it hedges only requests without a body. An attempt that fails does not count:
# the slower, good answer wins.
# Seen, github.com/cristalhq/hedgedhttp v0.9.2: all attempts share one Body, and
# GetBody is not asked. Each attempt sends what the others have not read yet.
# - If the length is not known, that rest goes out as a complete body. The server
#   stores a part of the data, or none, answers 200, and the call returns that.
# - If the length is known, later attempts fail at once, so nothing is hedged. If
#   the body is larger than the buffers, they also take bytes from the first
#   attempt, and all fail.
# - An answer such as 503 is a result. One attempt that reaches a broken server beats
#   the good answer that is on its way: errors become more frequent, not rarer.
# Consequence: hedge only requests without a body, and below the hedging RoundTripper
# turn 5xx into an error.
# Sources: hedged.go (reqWithCtx copies the request with WithContext, which shares
# Body; RoundTrip takes the first response).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/cristalhq/hedgedhttp@v0.9.2 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/cristalhq/hedgedhttp"
)

const large = 64 << 20 // more than the buffers of a conn take

var late = time.AfterFunc(2*time.Minute, func() { fmt.Println("gave up after 2 minutes"); os.Exit(1) })

// slowFirst serves requests, the first of them only after the others.
func slowFirst(handle func(w http.ResponseWriter, r *http.Request, first bool)) *httptest.Server {
	var once sync.Once
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first := false
		once.Do(func() { first = true })
		if first {
			time.Sleep(3 * time.Second)
		}
		handle(w, r, first)
	}))
}

func do(server *httptest.Server, method string, body io.Reader) string {
	defer server.CloseClientConnections()
	client, err := hedgedhttp.NewClient(500*time.Millisecond, 2, &http.Client{Timeout: 30 * time.Second})
	check(err)
	request, err := http.NewRequest(method, server.URL, body)
	check(err)
	response, err := client.Do(request)
	if err != nil {
		return "error"
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	check(err)
	return fmt.Sprintf("%d, %s", response.StatusCode, answer)
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func store(w http.ResponseWriter, r *http.Request, _ bool) {
	n, err := io.Copy(io.Discard, r.Body)
	if err == nil {
		fmt.Fprintf(w, "stored %d bytes", n)
	}
}

func main() {
	same := true
	show := func(what, got, want string) {
		fmt.Printf("%s: %s\n", what, got)
		same = same && got == want
	}
	stream := struct{ io.Reader }{strings.NewReader("hello")} // hides its length
	show("PUT of 5 bytes, length not known", do(slowFirst(store), "PUT", stream), "200, stored 0 bytes")
	show("PUT of 5 bytes, length known", do(slowFirst(store), "PUT", strings.NewReader("hello")), "200, stored 5 bytes")
	show("PUT of 64 MiB, length known", do(slowFirst(store), "PUT", strings.NewReader(strings.Repeat("x", large))), "error")
	show("GET, second attempt fails", do(slowFirst(func(w http.ResponseWriter, r *http.Request, first bool) {
		if !first {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}), "GET", nil), "503, ")
	if !same {
		fmt.Println("hedgedhttp behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
