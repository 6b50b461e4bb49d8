#!/usr/bin/env bash
# radix writes a late answer into the variable of a call that has returned.
#
# Expected: Do with a context that times out returns its error, and from then on the
# variable for the answer belongs to the caller again. A late answer is dropped.
# Seen, github.com/mediocregopher/radix/v4 v4.1.4: the conn stays usable, which is rare,
# and the next command gets its own answer. But the late one is decoded into the variable
# of the first call when it comes, long after that call has returned. A program that goes
# on with a default ("the cache did not answer in time, so 7") finds it replaced later,
# without any synchronization: the race detector reports it.
# A local variable that the function does not use any more hides this, as most do.
# Consequence: after an error of Do use another variable, and copy the answer out of the
# first only if there was none.
# Sources: conn.go (doDiscard unmarshals into unmarshalInto, the caller's receiver).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/mediocregopher/radix/v4@v4.1.4 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mediocregopher/radix/v4"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

// serve answers each GET of one client with 1, 2, ...; the first one when it may.
func serve(ln net.Listener, mayAnswer <-chan struct{}, answered *atomic.Int32) {
	conn := must(ln.Accept())
	lines := bufio.NewScanner(conn)
	for n := int32(1); lines.Scan(); {
		if strings.TrimSpace(lines.Text()) != "GET" {
			continue
		}
		if n == 1 {
			<-mayAnswer
		}
		fmt.Fprintf(conn, "$1\r\n%d\r\n", n)
		answered.Store(n)
		n++
	}
}

func main() {
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	mayAnswer, answered := make(chan struct{}), &atomic.Int32{}
	go serve(ln, mayAnswer, answered)
	ctx := context.Background()
	conn := must(radix.Dialer{}.Dial(ctx, "tcp", ln.Addr().String()))

	short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	var value string
	err := conn.Do(short, radix.Cmd(&value, "GET", "a"))
	timedOut := errors.Is(err, context.DeadlineExceeded)
	if err != nil {
		value = "7" // the default
	}
	fmt.Printf("Do timed out: %v; the program goes on with %q\n", timedOut, value)

	close(mayAnswer)
	var next string
	if err := conn.Do(ctx, radix.Cmd(&next, "GET", "b")); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Printf("the next Do gets %q; the first variable is now %q\n", next, value)
	if !timedOut || next != "2" || value != "1" {
		fmt.Println("radix behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
