#!/usr/bin/env bash
# Send of a line channel of jrpc2 changes the caller's buffer.
#
# Expected: Send of github.com/creachadair/jrpc2/channel, a package of framings,
# leaves its argument alone, as io.Writer demands of Write. Only channels made by
# Direct document that they keep the caller's slice.
# Seen, v1.3.6: Line and Split append the delimiter to the slice itself. If it is a
# part of a larger buffer, the byte after it becomes a newline. Sending the next part
# then fails with "message contains split byte", though the caller's data had none.
# Receiving has its own surprises:
# - The last record without a delimiter loses its last byte, which is taken for one;
#   the rest comes with io.EOF, where the documentation says nil.
# - A record of RawJSON, LSP and Header lies in a buffer that the next Recv reuses:
#   records that are kept change.
# Consequence: send a copy, or a slice cut with a full expression, b[i:j:j]; copy
# what Recv returns.
# Sources: channel/split.go, hdr.go and json.go; package io, Writer ("Write must not
# modify the slice data, even temporarily").
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/creachadair/jrpc2@v1.3.6 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/creachadair/jrpc2/channel"
)

// buffer is a stream that ends after what has been sent.
type buffer struct{ bytes.Buffer }

func (*buffer) Close() error { return nil }

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// records sends each of them, and returns what arrives, as it is after the last one.
func records(f channel.Framing, send ...string) string {
	var b buffer
	ch := f(&b, &b)
	for _, r := range send {
		check(ch.Send([]byte(r)))
	}
	var kept [][]byte
	for {
		r, err := ch.Recv()
		if err == io.EOF {
			break
		}
		check(err)
		kept = append(kept, r)
	}
	return string(bytes.Join(kept, []byte(" ")))
}

func main() {
	same := true
	show := func(what, got, want string) {
		fmt.Printf("%s: %q\n", what, got)
		same = same && got == want
	}

	parts := []byte("onetwo")
	var b buffer
	ch := channel.Line(&b, &b)
	check(ch.Send(parts[:3]))
	show("Line, the buffer after Send of its first half", string(parts), "one\nwo")
	show("Line, Send of its second half", fmt.Sprint(ch.Send(parts[3:])), "message contains split byte")

	b = buffer{}
	b.WriteString("one\ntwo")
	ch = channel.Line(&b, &b)
	first, _ := ch.Recv()
	last, err := ch.Recv()
	show("Line, one\\ntwo without a newline at the end", fmt.Sprintf("%s, then %s and %v", first, last, err), "one, then tw and EOF")

	show("Line, records that are kept", records(channel.Line, "1111", "2222"), "1111 2222")
	show("LSP, records that are kept", records(channel.LSP, "1111", "2222"), "2222 2222")
	show("RawJSON, records that are kept", records(channel.RawJSON, "[11]", "[22]"), "[22] [22]")

	if !same {
		fmt.Println("the channels behave differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
