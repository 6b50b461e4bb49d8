#!/usr/bin/env bash
# A read deadline in the past does not stop a reader over TLS, yamux or smux.
#
# Expected: after SetReadDeadline(time.Now()) every Read of a net.Conn fails
# with a timeout, even if bytes have arrived. Servers stop their readers so.
# Seen, crypto/tls of Go 1.26: Read returns what it has decrypted, at most a
# record of 16 KiB, and looks at the deadline of its conn only when it needs more.
# Seen, github.com/hashicorp/yamux v0.1.2: the stream looks at its deadline only
# when it would have to wait. As long as bytes are buffered, Read returns them.
# A reader whose peer keeps sending never notices that it was told to stop.
# Seen, github.com/xtaci/smux v1.5.58: the same. With protocol version 2 the
# first Read of a stream may even return bytes and a timeout error together: it
# has to acknowledge them, and only that obeys the deadline. A reader that looks
# at the error first loses those bytes.
# Consequence: check a flag or a context beside the deadline.
# Sources: crypto/tls conn.go (Read); yamux stream.go (Read looks at the deadline
# only after its label WAIT); smux stream.go (Read tries the buffer before
# waitRead, and sendWindowUpdate uses the read deadline); package net, type Conn.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/hashicorp/yamux@v0.1.2 github.com/xtaci/smux@v1.5.58 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"

	"github.com/hashicorp/yamux"
	"github.com/xtaci/smux"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

func tcp() (net.Conn, net.Conn) {
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	defer ln.Close()
	c := must(net.Dial("tcp", ln.Addr().String()))
	return c, must(ln.Accept())
}

func overTLS() (net.Conn, net.Conn) {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der := must(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))
	pair := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	c, s := tcp()
	peer := tls.Server(s, &tls.Config{Certificates: []tls.Certificate{pair}})
	return tls.Client(c, &tls.Config{InsecureSkipVerify: true}), peer
}

func overYamux() (net.Conn, net.Conn) {
	c, s := tcp()
	client, server := must(yamux.Client(c, nil)), must(yamux.Server(s, nil))
	return must(client.Open()), must(server.Accept())
}

func overSmux(version int) func() (net.Conn, net.Conn) {
	return func() (net.Conn, net.Conn) {
		c, s := tcp()
		config := smux.DefaultConfig()
		config.Version = version
		client, server := must(smux.Client(c, config)), must(smux.Server(s, config))
		local := must(client.OpenStream())
		return local, must(server.AcceptStream())
	}
}

// first reports what the first Read of a stream returns after its deadline.
func first(local, peer net.Conn) (int, error) {
	must(peer.Write([]byte("hello")))
	time.Sleep(200 * time.Millisecond) // for the bytes to arrive
	local.SetReadDeadline(time.Now().Add(-time.Hour))
	return local.Read(make([]byte, 5))
}

// rest counts the bytes that Read returns after the deadline has passed.
func rest(local, peer net.Conn) (int, error) {
	go peer.Write([]byte("0123456789")) // TLS shakes hands first
	b := make([]byte, 1)
	must(local.Read(b)) // the other nine have arrived with the first one
	local.SetReadDeadline(time.Now().Add(-time.Hour))
	for n := 0; ; n++ {
		if _, err := local.Read(b); err != nil {
			return n, err
		}
	}
}

func main() {
	bad := false
	for _, c := range []struct {
		name string
		pair func() (net.Conn, net.Conn)
		want int
	}{
		{"TCP", tcp, 0},
		{"crypto/tls", overTLS, 9},
		{"yamux", overYamux, 9},
		{"smux version 1", overSmux(1), 9},
		{"smux version 2", overSmux(2), 9},
	} {
		n, err := rest(c.pair())
		fmt.Printf("%-15s bytes returned an hour after the deadline: %d of 9, then: %v\n", c.name, n, err)
		bad = bad || n != c.want
	}
	both := 0
	for range 10 {
		if n, err := first(overSmux(2)()); n == 5 && err != nil {
			both++
		}
	}
	fmt.Printf("smux version 2, first Read of a stream: bytes and a timeout together in %d of 10 tries\n", both)
	if bad || both == 0 {
		fmt.Println("the conns behave differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
