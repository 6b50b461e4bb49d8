#!/usr/bin/env bash
# Five Go packages call a stream that ends after a header a clean end.
#
# Expected: io.EOF means that the stream ended between two messages. A stream that
# ends inside one (the peer crashed, a relay gave up) is io.ErrUnexpectedEOF, as in
# protodelim of Google's protobuf and in wsutil of gobwas/ws.
# Seen: if the stream ends after a message's header and before the first byte of its
# payload, these return plain io.EOF: github.com/libp2p/go-msgio v0.3.0 (both kinds
# of reader), github.com/gobwas/ws v1.4.0 (ReadFrame), github.com/miekg/dns v1.1.73
# (Conn.ReadMsg), github.com/eclipse/paho.mqtt.golang v1.5.1 (packets.ReadPacket)
# and the LSP framing of github.com/creachadair/jrpc2 v1.3.6. The last two return it
# inside a header, too.
# A writer that sends header and payload in two Writes makes this cut the likely
# one. A reader that stops at io.EOF then loses an announced message and reports
# success.
# Consequence: count the bytes that these read, and treat io.EOF as a clean end only
# if no byte of the next message has arrived.
# Sources: package io, ReadFull ("EOF only if no bytes were read"), which these call
# once for the header and once for the payload.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/libp2p/go-msgio@v0.3.0 github.com/gobwas/ws@v1.4.0 github.com/miekg/dns@v1.1.73 \
  github.com/eclipse/paho.mqtt.golang@v1.5.1 github.com/creachadair/jrpc2@v1.3.6 \
  google.golang.org/protobuf@v1.36.12 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/creachadair/jrpc2/channel"
	"github.com/eclipse/paho.mqtt.golang/packets"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/libp2p/go-msgio"
	"github.com/miekg/dns"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// writeCloser and conn make of a reader and a writer what the packages ask for.
type writeCloser struct{ io.Writer }

func (writeCloser) Close() error { return nil }

type conn struct {
	net.Conn
	io.Reader
}

func (c conn) Read(p []byte) (int, error) { return c.Reader.Read(p) }

// cuts returns after how many bytes of one message an end of the stream is io.EOF.
func cuts(write func(io.Writer) error, read func(io.Reader) error) (at []int, size int) {
	var b bytes.Buffer
	check(write(&b))
	check(read(bytes.NewReader(b.Bytes())))
	for k := 1; k < b.Len(); k++ {
		if read(bytes.NewReader(b.Bytes()[:k])) == io.EOF {
			at = append(at, k)
		}
	}
	return at, b.Len()
}

func main() {
	bad := false
	show := func(name string, header int, want bool, write func(io.Writer) error, read func(io.Reader) error) {
		at, size := cuts(write, read)
		got := false
		for _, k := range at {
			got = got || k == header
		}
		fmt.Printf("%s, header %d of %d bytes: io.EOF at %d cut(s), after the header: %v\n", name, header, size, len(at), got)
		bad = bad || got != want
	}

	hello := []byte("hello")
	show("go-msgio", 4, true,
		func(w io.Writer) error { return msgio.NewWriter(w).WriteMsg(hello) },
		func(r io.Reader) error { _, err := msgio.NewReader(r).ReadMsg(); return err })
	show("go-msgio varint", 1, true,
		func(w io.Writer) error { return msgio.NewVarintWriter(w).WriteMsg(hello) },
		func(r io.Reader) error { _, err := msgio.NewVarintReader(r).ReadMsg(); return err })
	show("gobwas/ws", 2, true,
		func(w io.Writer) error { return ws.WriteFrame(w, ws.NewTextFrame(hello)) },
		func(r io.Reader) error { _, err := ws.ReadFrame(r); return err })
	show("miekg/dns", 2, true,
		func(w io.Writer) error {
			b, err := new(dns.Msg).SetQuestion("a.", dns.TypeA).Pack()
			check(err)
			_, err = w.Write(append([]byte{0, byte(len(b))}, b...))
			return err
		},
		func(r io.Reader) error { _, err := (&dns.Conn{Conn: conn{Reader: r}}).ReadMsg(); return err })
	show("paho packets", 2, true,
		func(w io.Writer) error { return packets.NewControlPacket(packets.Puback).Write(w) },
		func(r io.Reader) error { _, err := packets.ReadPacket(r); return err })
	show("jrpc2 LSP", len("Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n"), true,
		func(w io.Writer) error { return channel.LSP(nil, writeCloser{w}).Send([]byte("{}")) },
		func(r io.Reader) error { _, err := channel.LSP(r, writeCloser{}).Recv(); return err })

	show("gobwas/ws wsutil", 2, false,
		func(w io.Writer) error { return ws.WriteFrame(w, ws.NewTextFrame(hello)) },
		func(r io.Reader) error { _, err := wsutil.ReadServerText(conn{Reader: r}); return err })
	show("protodelim", 1, false,
		func(w io.Writer) error { _, err := protodelim.MarshalTo(w, wrapperspb.String("hello")); return err },
		func(r io.Reader) error {
			return protodelim.UnmarshalFrom(bufio.NewReader(r), &wrapperspb.StringValue{})
		})

	if bad {
		fmt.Println("the packages behave differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
