#!/usr/bin/env bash
# IsOpen of Thrift's Go socket closes a conn whose client has half-closed.
#
# Expected: IsOpen only asks. A client that half-closes after its request waits for the
# answer, so the server's side is open until it has written that.
# Seen, github.com/apache/thrift v0.25.0, lib/go: once the request is read, IsOpen takes
# the client's FIN for the end of the conn, closes it and returns false. Write of the
# answer fails with "Connection not open", and the client reads io.EOF in place of it.
# As long as a byte of the request is unread, IsOpen returns true.
# No server calls this itself: the compiler puts a loop into each generated processor
# that asks IsOpen every 5 ms while the handler runs. An answer that takes less arrives, a
# slower one is abandoned. So with clients that half-close a service works until it is
# slow. On Windows there is no such check.
# A pool that asks IsOpen to find out whether a conn is usable closes it as well.
# Besides, IsOpen clears the conn's read deadline, which its comment says.
# Consequence: set thrift.ServerConnectivityCheckInterval to 0 for clients that
# half-close.
# Sources: lib/go/thrift/socket_conn.go (IsOpen) and socket_unix_conn.go (checkConn);
# compiler/cpp/src/thrift/generate/t_go_generator.cc; lib/go/README.md on the interval.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/apache/thrift@v0.25.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

// pair returns the two ends of a TCP conn.
func pair() (*net.TCPConn, net.Conn) {
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	defer ln.Close()
	client := must(net.Dial("tcp", ln.Addr().String())).(*net.TCPConn)
	return client, must(ln.Accept())
}

// asked reports whether IsOpen has said no within a few seconds.
func asked(socket *thrift.TSocket) bool {
	for range 20 {
		if !socket.IsOpen() {
			return true
		}
		time.Sleep(100 * time.Millisecond)
	}
	return false
}

// serve reads a request from a client that half-closes, asks IsOpen or not, and answers.
func serve(ask bool) (saysNo bool, err error, answer string) {
	client, conn := pair()
	defer client.Close()
	socket := thrift.NewTSocketFromConnConf(conn, nil)
	must(client.Write([]byte("request")))
	client.CloseWrite()
	must(io.ReadFull(socket, make([]byte, len("request"))))
	if ask {
		saysNo = asked(socket)
	}
	_, err = socket.Write([]byte("answer"))
	socket.Close()
	text := must(io.ReadAll(client))
	return saysNo, err, string(text)
}

func main() {
	_, plainErr, plain := serve(false)
	fmt.Printf("half-closed, nobody asks: Write: %v, the client reads %q\n", plainErr, plain)
	saysNo, err, answer := serve(true)
	fmt.Printf("half-closed, IsOpen says no: %v, Write: %v, the client reads %q\n", saysNo, err, answer)

	client, conn := pair()
	socket := thrift.NewTSocketFromConnConf(conn, nil)
	must(client.Write([]byte("request")))
	client.CloseWrite()
	unread := asked(socket)
	fmt.Printf("half-closed, request unread: IsOpen says no: %v\n", unread)

	if plainErr != nil || plain != "answer" || !saysNo || err == nil || answer != "" || unread {
		fmt.Println("thrift behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
