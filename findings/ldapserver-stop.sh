#!/usr/bin/env bash
# Stop of ldapserver leaves the port open for one more client.
#
# Expected: Stop closes the port first, lets requests in flight finish, and returns when all
# clients have gone. After that clients are refused, and the address is free.
# Seen, github.com/vjeantet/ldapserver v1.0.1: Stop does wait for requests and clients. But
# the listener stays open, and ListenAndServe does not return. The next client connects, and
# its bind is usually answered as if nothing had happened, by handlers whose database the
# program may have closed after Stop. Only then, perhaps hours later, is the port closed.
# Until that client comes, a second server cannot listen on the address.
# A test that connects once more after Stop, to see that it has worked, closes the port itself.
# Consequence: after Stop, dial the port once, close that conn, and wait for ListenAndServe to
# return.
# Sources: server.go (serve looks at chDone only before each Accept; Stop closes chDone and
# waits for the clients).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/vjeantet/ldapserver@v1.0.1 github.com/go-ldap/ldap/v3@v3.4.15 \
  >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/vjeantet/ldapserver"
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

// bind connects and binds.
func bind(address string) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	client := ldap.NewConn(c, false)
	client.Start()
	defer client.Close()
	client.SetTimeout(10 * time.Second)
	return client.UnauthenticatedBind("cn=reader")
}

func main() {
	ldapserver.Logger = log.New(io.Discard, "", 0)
	probe := must(net.Listen("tcp", "127.0.0.1:0"))
	address := probe.Addr().String()
	probe.Close()

	routes := ldapserver.NewRouteMux()
	routes.Bind(func(w ldapserver.ResponseWriter, m *ldapserver.Message) {
		w.Write(ldapserver.NewBindResponse(ldapserver.LDAPResultSuccess))
	})
	server := ldapserver.NewServer()
	server.Handle(routes)
	served := make(chan error, 1)
	go func() { served <- server.ListenAndServe(address) }()
	for bind(address) != nil {
		time.Sleep(10 * time.Millisecond)
	}

	server.Stop()
	returned := false
	select {
	case <-served:
		returned = true
	case <-time.After(2 * time.Second):
	}
	_, again := net.Listen("tcp", address)
	fmt.Printf("2 s after Stop: ListenAndServe has returned: %v; Listen on the address: %v\n", returned, again)

	next := bind(address)
	fmt.Println("the next client, bind:", next)
	check(<-served)
	last := bind(address)
	fmt.Println("ListenAndServe returns; the client after that:", last)

	if returned || !errors.Is(again, syscall.EADDRINUSE) || errors.Is(next, syscall.ECONNREFUSED) ||
		!errors.Is(last, syscall.ECONNREFUSED) {
		fmt.Println("ldapserver behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
