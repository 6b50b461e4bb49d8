#!/usr/bin/env bash
# After a deadline, go-msgio returns the rest of a message as a message.
#
# Expected: a deadline that passes inside a message either ends the stream for good,
# or ReadMsg goes on later and returns the whole message. A server that wakes its
# readers with a deadline, to look at a flag, relies on one of the two.
# Seen, github.com/libp2p/go-msgio v0.3.0: ReadMsg returns what has arrived together
# with the timeout. The next ReadMsg takes the missing rest for a message of its own
# and returns it without an error. A caller that ignores the bytes beside an error,
# as callers do, processes the second half of a message as if it were one.
# NewVarintReader returns as many bytes as the whole message has, whatever arrived,
# and reads the next length from the middle of the payload. So does the reader with
# four bytes of length if the deadline passes inside the length.
# Consequence: after any error of ReadMsg, timeouts included, close the conn.
# Sources: msgio.go and varint.go (ReadMsg sets next to the number of missing bytes,
# or to none); num.go (ReadLen).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/libp2p/go-msgio@v0.3.0 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/libp2p/go-msgio"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

type format struct {
	name      string
	newReader func(io.Reader) msgio.ReadCloser
	newWriter func(io.Writer) msgio.WriteCloser
}

// read sends two messages with a pause after n bytes, in which a deadline passes,
// and returns what three calls of ReadMsg return.
func read(f format, n int) string {
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	defer ln.Close()
	c := must(net.Dial("tcp", ln.Addr().String()))
	s := must(ln.Accept())
	defer s.Close()

	var sent bytes.Buffer
	w := f.newWriter(&sent)
	for _, m := range []string{"transfer 100 from A to B", "bye"} {
		if err := w.WriteMsg([]byte(m)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	must(c.Write(sent.Bytes()[:n]))
	r := f.newReader(s)
	results := ""
	for i := range 3 {
		s.SetReadDeadline(time.Now().Add(time.Second))
		m, err := r.ReadMsg()
		results += fmt.Sprintf("%d bytes %.12q, %s; ", len(m), m, kind(err))
		if i == 0 {
			must(c.Write(sent.Bytes()[n:]))
			c.Close()
		}
	}
	return results
}

func kind(err error) string {
	switch {
	case err == nil:
		return "no error"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "timeout"
	}
	return "broken"
}

func main() {
	four := format{"four bytes", msgio.NewReader, msgio.NewWriter}
	varint := format{"varint", msgio.NewVarintReader, msgio.NewVarintWriter}
	same := true
	show := func(f format, header, n int, want string) {
		got := read(f, n)
		fmt.Printf("%s, deadline after %d bytes of length and %d of payload: %s\n", f.name, min(n, header), max(0, n-header), got)
		same = same && got == want
	}
	show(four, 4, 16, `12 bytes "transfer 100", timeout; 12 bytes " from A to B", no error; 3 bytes "bye", no error; `)
	show(varint, 1, 13, `24 bytes "transfer 100", timeout; 32 bytes "from A to B\x03", broken; 0 bytes "", broken; `)
	show(four, 4, 2, `0 bytes "", timeout; 29 bytes "ansfer 100 f", broken; 0 bytes "", broken; `)
	if !same {
		fmt.Println("go-msgio behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
