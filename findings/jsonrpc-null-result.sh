#!/usr/bin/env bash
# One null result shuts down a client of net/rpc/jsonrpc, with all its pending calls.
#
# Expected: a method that finds nothing answers "result": null and "error": null, as
# JSON-RPC 1.0 allows; a server may send notifications; a JSON-RPC 2.0 server has an object
# as its error. Each concerns one call or none, so the client goes on.
# Seen, net/rpc/jsonrpc of Go 1.26: the client accepts a null result only together with a
# string as the error. Anything else is "invalid error", which does not fail the call but
# ends the client: the calls in flight fail with it, and all later ones with "connection
# is shut down", though the conn is fine. A notification from the server does it without
# any call. An answer with an id that nobody asked for is ignored, as it should be.
# The server's half has its own ways: it answers a notification (an id of null), and it
# ignores all parameters but the first.
# The package's own server sends a null result, too: for a method that sets its reply to a
# nil slice, map or pointer. The list that is empty in production ends the client.
# Consequence: never leave nil in a reply. Between Go and other languages use a package
# for JSON-RPC 2.0.
# Sources: net/rpc/jsonrpc/client.go (ReadResponseHeader), server.go (serverRequest, and
# params [1]any); the specification of JSON-RPC 1.0, sections 1.2 and 1.3.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >go.mod <<'EOF'
module finding

go 1.24
EOF
cat >main.go <<'EOF'
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/rpc"
	"net/rpc/jsonrpc"
	"os"
	"time"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

// client makes two calls at once to a server that sends answer once it has both, and a
// right answer to the second call after that. It returns the errors of the two calls,
// and of a third one that comes later.
func client(answer string) (first, second, third error) {
	conn, server := net.Pipe()
	go func() {
		lines := bufio.NewScanner(server)
		for n := 0; lines.Scan(); n++ {
			switch n {
			case 1:
				io.WriteString(server, answer+`{"id":1,"result":"two","error":null}`)
			case 2:
				io.WriteString(server, `{"id":2,"result":"three","error":null}`)
			}
		}
	}()
	c := jsonrpc.NewClient(conn)
	defer c.Close()
	a := c.Go("Any.Method", "one", new(any), nil)
	b := c.Go("Any.Method", "two", new(any), nil)
	first, second = (<-a.Done).Error, (<-b.Done).Error
	return first, second, c.Call("Any.Method", "three", new(any))
}

type Echo struct{}

func (Echo) Say(in string, out *string) error { *out = in; return nil }

func (Echo) List(in string, out *[]string) error { *out = nil; return nil }

// both halves of the package make two calls: of List, and of Say after it.
func both() (list, say error) {
	server := rpc.NewServer()
	server.Register(Echo{})
	conn, other := net.Pipe()
	go server.ServeCodec(jsonrpc.NewServerCodec(other))
	c := jsonrpc.NewClient(conn)
	defer c.Close()
	list = c.Call("Echo.List", "", new([]string))
	return list, c.Call("Echo.Say", "hi", new(string))
}

// serve sends a request to a server of the package and returns its answer.
func serve(request string) string {
	server := rpc.NewServer()
	server.Register(Echo{})
	conn, other := net.Pipe()
	go server.ServeCodec(jsonrpc.NewServerCodec(other))
	defer conn.Close()
	io.WriteString(conn, request)
	line, _ := bufio.NewReader(conn).ReadString('\n')
	return line
}

func main() {
	same := true
	for _, test := range []struct {
		what, answer string
		ends         bool
	}{
		{"a result", `{"id":0,"result":"one","error":null}`, false},
		{"an error as a string", `{"id":0,"result":null,"error":"no such file"}`, false},
		{"an unknown id, and a result", `{"id":9,"result":1,"error":null}{"id":0,"result":"one","error":null}`, false},
		{"a null result", `{"id":0,"result":null,"error":null}`, true},
		{"an error of JSON-RPC 2.0", `{"jsonrpc":"2.0","id":0,"error":{"code":-32601,"message":"no such method"}}`, true},
		{"a notification, and a result", `{"method":"changed","params":[],"id":null}{"id":0,"result":"one","error":null}`, true},
	} {
		first, second, third := client(test.answer)
		fmt.Printf("%s: %v; the other call: %v; the next one: %v\n", test.what, first, second, third)
		same = same && (second != nil) == test.ends && (third == rpc.ErrShutdown) == test.ends
	}
	notified := serve(`{"method":"Echo.Say","params":["hi"],"id":null}`)
	two := serve(`{"method":"Echo.Say","params":["hi","there"],"id":1}`)
	fmt.Printf("server, a notification: %sserver, two parameters: %s", notified, two)
	list, say := both()
	fmt.Printf("both halves, a nil slice as the reply: %v; the next call: %v\n", list, say)
	if !same || list == nil || say != rpc.ErrShutdown || notified == "" || two != `{"id":1,"result":"hi","error":null}`+"\n" {
		fmt.Println("net/rpc/jsonrpc behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
