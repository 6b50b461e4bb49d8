#!/usr/bin/env bash
# DotWriter of net/textproto cannot write an empty text: it writes an empty line.
#
# Expected: DotWriter ends its text with a line that holds one dot. If nothing was
# written, only that line is sent, which is the answer of an NNTP or POP3 server with an
# empty list.
# Seen, net/textproto of Go 1.26: Close without a Write sends CR LF, dot, CR LF. That is
# a text with one empty line, and ReadDotLines of the same package returns one line,
# not none. A client that takes each line for an entry of the list reads a broken entry.
# A server whose list is never empty in tests does not show it. A text that ends with a
# newline gets no more than that, and one that does not gets one.
# Consequence: write ".\r\n" yourself if the text is empty.
# Sources: textproto/writer.go (Close treats the first state like the middle of a line);
# RFC 3977 section 3.1.1 and RFC 1939 section 5 (LIST of an empty mailbox).
set -eu
command -v go >/dev/null || { echo "this finding needs go"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off
go mod init finding >go.log 2>&1
cat >main.go <<'EOF'
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"strings"
	"time"
)

var late = time.AfterFunc(time.Minute, func() { fmt.Println("gave up after a minute"); os.Exit(1) })

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return v
}

// send writes text with a DotWriter over TCP, and returns the bytes that arrive and the
// lines that ReadDotLines makes of them.
func send(text string) string {
	ln := must(net.Listen("tcp", "127.0.0.1:0"))
	defer ln.Close()
	go func() {
		c := textproto.NewConn(must(ln.Accept()))
		defer c.Close()
		w := c.DotWriter()
		if text != "" {
			must(io.WriteString(w, text))
		}
		w.Close()
	}()
	c := must(net.Dial("tcp", ln.Addr().String()))
	defer c.Close()
	raw := string(must(io.ReadAll(c)))
	lines := must(textproto.NewReader(bufio.NewReader(strings.NewReader(raw))).ReadDotLines())
	return fmt.Sprintf("%q, lines %q", raw, lines)
}

func main() {
	same := true
	for _, t := range []struct{ name, text, want string }{
		{"two entries", "1 100\n2 200\n", `"1 100\r\n2 200\r\n.\r\n", lines ["1 100" "2 200"]`},
		{"no newline at the end", "1 100", `"1 100\r\n.\r\n", lines ["1 100"]`},
		{"one empty line", "\n", `"\r\n.\r\n", lines [""]`},
		{"nothing", "", `"\r\n.\r\n", lines [""]`},
	} {
		got := send(t.text)
		fmt.Printf("%s: %s\n", t.name, got)
		same = same && got == t.want
	}
	if !same {
		fmt.Println("net/textproto behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
