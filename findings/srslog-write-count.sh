#!/usr/bin/env bash
# Write of srslog returns one byte too many, and cuts off the writers after it.
#
# Expected: srslog, which keeps the interface of log/syslog, adds a newline to a message
# without one and returns the length of the message, as log/syslog does: Write must not
# return more than it was given (package io, Writer).
# Seen, github.com/RackSec/srslog, last commit of July 2018: Write of 9 bytes without a
# newline returns 10 and no error. The record is sent. But io.MultiWriter, which many
# programs use to log to syslog and to a file, takes that for a short write: it returns
# io.ErrShortWrite and does not call the writers after it, so the file gets nothing.
# io.Copy stops after the first record with "invalid write result".
# Messages of package log end with a newline, so a test with it passes.
# Consequence: put srslog last in a MultiWriter, or wrap it in a Writer that returns
# min(n, len(p)).
# Sources: writer.go (write adds the newline to msg and returns len(msg), under a comment
# that says it returns the length of the input); log/syslog, which keeps the two apart.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/RackSec/srslog@v0.0.0-20180709174129-a4725f04ec91 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/syslog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/RackSec/srslog"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

// stream hides that a strings.Reader has WriteTo, as a pipe or a conn has none.
type stream struct{ io.Reader }

func main() {
	server := must(net.ListenPacket("udp", "127.0.0.1:0"))
	addr := server.LocalAddr().String()
	standard := must(syslog.Dial("udp", addr, syslog.LOG_INFO, "finding"))
	replacement := must(srslog.Dial("udp", addr, srslog.LOG_INFO, "finding"))

	message := []byte("disk full")
	expected := must(standard.Write(message))
	n := must(replacement.Write(message))
	fmt.Printf("Write of %d bytes returns %d from log/syslog, %d from srslog\n", len(message), expected, n)

	var file bytes.Buffer
	_, short := io.MultiWriter(replacement, &file).Write(message)
	fmt.Printf("MultiWriter: %v; the writer after srslog got %d bytes\n", short, file.Len())

	copied, invalid := io.Copy(replacement, stream{strings.NewReader("disk full")})
	fmt.Printf("Copy: %d, %v\n", copied, invalid)

	last := make([]byte, 1024)
	server.SetReadDeadline(time.Now().Add(20 * time.Second))
	for range 2 { // the one of log/syslog, and the first one of srslog
		k, _, err := server.ReadFrom(last)
		last = last[:must(k, err)]
		fmt.Printf("the server got a record that ends with %q\n", last[len(last)-10:])
		if !strings.HasSuffix(string(last), "disk full\n") {
			n = 0
		}
		last = last[:cap(last)]
	}
	if expected != 9 || n != 10 || !errors.Is(short, io.ErrShortWrite) || file.Len() != 0 || copied != 0 || invalid == nil {
		fmt.Println("srslog behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
