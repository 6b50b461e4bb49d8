#!/usr/bin/env bash
# fasthttp's client sends a PUT five times if the answer is cut off.
#
# Expected: a client repeats a request if an idle conn turns out to be closed, for the
# server cannot have seen it. net/http does so. Once an answer has begun, the server has
# carried the request out, and the call fails.
# Seen, github.com/valyala/fasthttp v1.78.0: any answer that does not come to its end makes
# the client send a GET, HEAD or PUT again, on a new conn too, up to five times. A server
# that dies of one request, or a proxy that cuts long answers, gets it five times; and
# the PUT that it has carried out overwrites what others have written since.
# The error after a chunked answer of which three bytes have come says that the server
# closed "before returning the first response byte".
# POST and DELETE are sent once. net/http sends all of them once.
# Consequence: set MaxIdemponentCallAttempts to 1, or RetryIfErr to a function that says
# no; then a closed idle conn is an error of the caller.
# Sources: client.go (Do: an io.EOF or unexpected EOF is retried if isIdempotent, whether
# or not a byte of the answer has come); RFC 9110 section 9.2.2; net/http, Transport.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/valyala/fasthttp@v1.78.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

// serve answers each request with the same bytes, closes the conn, and counts.
func serve(answer string) (url string, requests *atomic.Int32) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	requests = new(atomic.Int32)
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				req, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				io.Copy(io.Discard, req.Body)
				requests.Add(1)
				io.WriteString(conn, answer)
			}()
		}
	}()
	return "http://" + ln.Addr().String() + "/", requests
}

// ofFasthttp and ofNetHTTP send one request and return how many the server got.
func ofFasthttp(method, answer string) (int32, error) {
	url, requests := serve(answer)
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	req.SetRequestURI(url)
	req.Header.SetMethod(method)
	req.SetBodyString("x")
	err := new(fasthttp.Client).Do(req, resp)
	return requests.Load(), err
}

func ofNetHTTP(method, answer string) (int32, error) {
	url, requests := serve(answer)
	req, _ := http.NewRequest(method, url, strings.NewReader("x"))
	resp, err := http.DefaultClient.Do(req)
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	return requests.Load(), err
}

func main() {
	same := true
	for what, answer := range map[string]string{
		"3 of 10 bytes":         "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
		"one chunk, no end":     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
		"a half of the headers": "HTTP/1.1 200 OK\r\nContent-Le",
	} {
		for _, method := range []string{"PUT", "POST"} {
			n, err := ofFasthttp(method, answer)
			m, _ := ofNetHTTP(method, answer)
			fmt.Printf("%s answered with %s: fasthttp sends it %d times, net/http %d times; %.70q\n", method, what, n, m, err)
			times := map[string]int32{"PUT": 5, "POST": 1}[method]
			same = same && n == times && m == 1 && err != nil
		}
	}
	if !same {
		fmt.Println("fasthttp behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
