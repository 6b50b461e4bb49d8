#!/usr/bin/env bash
# gnet's Close after Write cuts a large reply, and the client sees a clean end.
#
# Expected: a handler that writes its reply and returns the action Close (or calls
# Conn.Close) has sent the reply: Write returned its whole length and no error,
# and after Close of package net the kernel still sends what Write has taken.
# Seen, github.com/panjf2000/gnet/v2 v2.9.7: Write keeps in memory what the socket
# buffer does not take. Close tries once more, and drops the rest as soon as the
# socket would block. The client reads a part of the reply and then io.EOF, no
# reset. Small replies arrive, so tests with them pass.
# A client that half-closes after its request loses the rest of a reply likewise:
# for gnet, the FIN of a client is the end of the conn in both directions.
# Consequence: close only after the client has said that it has everything, or
# when OutboundBuffered returns 0.
# Sources: eventloop_unix.go (close leaves its loop at the first error of writev);
# the project's issue 341, which that loop answers.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
export GNET_LOGGING_LEVEL=2 # errors only
go mod init finding >go.log 2>&1
go get github.com/panjf2000/gnet/v2@v2.9.7 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/panjf2000/gnet/v2"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// server answers each conn with size bytes and lets end close it.
type server struct {
	gnet.BuiltinEventEngine
	size int
	end  func(gnet.Conn) gnet.Action

	address chan string
	wrote   chan int
	closed  chan error
}

// OnBoot looks up the port that the kernel has chosen.
func (s *server) OnBoot(engine gnet.Engine) gnet.Action {
	fd, err := engine.Dup()
	check(err)
	defer syscall.Close(fd)
	name, err := syscall.Getsockname(fd)
	check(err)
	s.address <- fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
	return gnet.None
}

func (s *server) OnTraffic(c gnet.Conn) gnet.Action {
	c.Discard(-1)
	n, err := c.Write(make([]byte, s.size))
	check(err)
	s.wrote <- n
	return s.end(c)
}

func (s *server) OnClose(c gnet.Conn, err error) gnet.Action {
	s.closed <- err
	return gnet.Shutdown
}

// ask returns how many bytes the handler has written and how many came.
func ask(size int, end func(gnet.Conn) gnet.Action, halfClose bool) (wrote, came int) {
	s := &server{size: size, end: end, address: make(chan string, 1), wrote: make(chan int, 1), closed: make(chan error, 1)}
	go gnet.Run(s, "tcp4://127.0.0.1:0")
	conn, err := net.Dial("tcp", <-s.address)
	check(err)
	defer conn.Close()
	_, err = conn.Write([]byte("?"))
	check(err)
	wrote = <-s.wrote
	if halfClose {
		check(conn.(*net.TCPConn).CloseWrite())
	}
	<-s.closed // a client that is slower than the server
	n, err := io.Copy(io.Discard, conn)
	check(err) // no reset: the end looks clean
	return wrote, int(n)
}

func main() {
	action := func(gnet.Conn) gnet.Action { return gnet.Close }
	call := func(c gnet.Conn) gnet.Action { c.Close(); return gnet.None }
	none := func(gnet.Conn) gnet.Action { return gnet.None }
	bad := false
	for _, c := range []struct {
		name  string
		size  int
		end   func(gnet.Conn) gnet.Action
		half  bool
		whole bool
	}{
		{"action Close, 1 KiB", 1 << 10, action, false, true},
		{"action Close, 64 MiB", 64 << 20, action, false, false},
		{"Conn.Close, 64 MiB", 64 << 20, call, false, false},
		{"client's half-close, 64 MiB", 64 << 20, none, true, false},
	} {
		wrote, came := ask(c.size, c.end, c.half)
		fmt.Printf("%-28s Write returned %8d and no error, the client got %8d and io.EOF\n", c.name, wrote, came)
		bad = bad || wrote != c.size || (came == c.size) != c.whole
	}
	if bad {
		fmt.Println("gnet behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
