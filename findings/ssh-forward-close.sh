#!/usr/bin/env bash
# Port forwarding of gliderlabs/ssh cuts half-closes, and a forward of port 0 stays open.
#
# Expected of an SSH server: a forwarded conn behaves as the conn behind it, as with
# OpenSSH. SSH has an EOF of its own for a half-close (RFC 4254 section 5.3). A client that
# cancels a forward, or leaves, closes the port.
# Seen, github.com/gliderlabs/ssh v0.3.8 with the client of golang.org/x/crypto:
# - DirectTCPIPHandler (ssh -L) closes both sides at the EOF of one. A client that
#   half-closes after its request reads io.EOF in place of the answer. The target's Write
#   of the answer returns no error.
# - ForwardedTCPHandler (ssh -R) keeps its listeners by the address that was asked for,
#   and with port 0 the client cancels the port that it got. The server finds no such
#   listener and answers "success": Close of the client's listener returns nil, and the
#   port stays open. Whoever connects is closed at once.
# - Two clients that ask for port 0 have the same key. When both have left, the port of
#   one of them is still open, until the process ends.
# Consequence: copy the two handlers and change them: CloseWrite in place of Close, and
# as the key the address of the listener together with the conn.
# Sources: tcpip.go (each copying goroutine defers Close of both sides; forwards is a map
# by the requested address); RFC 4254 section 7.1.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/gliderlabs/ssh@v0.3.8 golang.org/x/crypto@v0.45.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/gliderlabs/ssh"
	gossh "golang.org/x/crypto/ssh"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

func listen() net.Listener { return must(net.Listen("tcp", "127.0.0.1:0")) }

// serve starts an SSH server that forwards everything, on loopback only.
func serve() string {
	forwards := &ssh.ForwardedTCPHandler{}
	server := &ssh.Server{
		LocalPortForwardingCallback:   func(ssh.Context, string, uint32) bool { return true },
		ReversePortForwardingCallback: func(ssh.Context, string, uint32) bool { return true },
		ChannelHandlers:               map[string]ssh.ChannelHandler{"direct-tcpip": ssh.DirectTCPIPHandler},
		RequestHandlers: map[string]ssh.RequestHandler{
			"tcpip-forward":        forwards.HandleSSHRequest,
			"cancel-tcpip-forward": forwards.HandleSSHRequest,
		},
	}
	ln := listen()
	go server.Serve(ln)
	return ln.Addr().String()
}

func dial(server string) *gossh.Client {
	return must(gossh.Dial("tcp", server, &gossh.ClientConfig{HostKeyCallback: gossh.InsecureIgnoreHostKey()}))
}

// answerAtEOF accepts one conn, reads it to its end, answers, and reports the Write.
func answerAtEOF(ln net.Listener, wrote chan<- error) {
	conn := must(ln.Accept())
	must(io.ReadAll(conn))
	_, err := conn.Write([]byte("answer"))
	wrote <- err
	conn.Close()
}

// ask sends a request, half-closes, and returns the answer.
func ask(conn net.Conn) string {
	must(conn.Write([]byte("request")))
	conn.(interface{ CloseWrite() error }).CloseWrite()
	conn.SetReadDeadline(time.Now().Add(20 * time.Second)) // a forwarded conn has no deadlines
	text, _ := io.ReadAll(conn)
	return string(text)
}

// connects says whether a client still gets a conn; it tries for a moment.
func connects(addr net.Addr) bool {
	for range 20 {
		conn, err := net.Dial("tcp", addr.String())
		if err != nil {
			return false
		}
		conn.Close()
		time.Sleep(100 * time.Millisecond)
	}
	return true
}

func main() {
	server := serve()
	target, wrote := listen(), make(chan error, 1)

	go answerAtEOF(target, wrote)
	direct := ask(must(net.Dial("tcp", target.Addr().String())))
	<-wrote
	client := dial(server)
	go answerAtEOF(target, wrote)
	forwarded := ask(must(client.Dial("tcp", target.Addr().String())))
	err := <-wrote
	fmt.Printf("half-close: %q directly, %q through the forward; the target's Write: %v\n", direct, forwarded, err)

	one := must(client.Listen("tcp", "127.0.0.1:0"))
	closed := one.Close()
	open := connects(one.Addr())
	fmt.Printf("forward of port 0 closed: %v; clients still connect: %v\n", closed, open)
	client.Close()

	first, second := dial(server), dial(server)
	a, b := must(first.Listen("tcp", "127.0.0.1:0")).Addr(), must(second.Listen("tcp", "127.0.0.1:0")).Addr()
	first.Close()
	second.Close()
	stays, goes := connects(a), connects(b)
	fmt.Printf("both clients have left; port of the first is open: %v, of the second: %v\n", stays, goes)

	if direct != "answer" || forwarded != "" || err != nil || closed != nil || !open || !stays || goes {
		fmt.Println("gliderlabs/ssh behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run . 2>ssh.log || { cat ssh.log; exit 1; }
