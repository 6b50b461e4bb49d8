#!/usr/bin/env bash
# tcpassembly of gopacket does not begin a new stream at a new SYN.
#
# Expected: a SYN with another sequence number on the same two addresses and ports
# is a new conn, and so a new stream, as in Wireshark.
# Seen, github.com/google/gopacket v1.1.19: a stream ends only with a FIN or RST
# in its own direction. If the server reset the conn, or the capture missed the
# FIN, the client's next conn from the same port goes on in the old stream:
# - if its sequence numbers are lower than those of the old conn, all its bytes
#   are dropped as old ones, without a word;
# - if they are higher, its bytes wait for a gap to be filled that never will be,
#   and come out of the old stream when it is flushed.
# The other way round, a segment that is sent again after the FIN (its ACK was
# lost) begins a stream, which delivers the same bytes once more.
# A sequence number is random, so which of the two happens is, too.
# Consequence: look at SYN yourself, and use a new Assembler and StreamPool, or
# FlushAll, before a packet that begins a conn; keep ended streams for a while.
# Sources: tcpassembly/assembly.go (AssembleWithTimestamp asks for SYN only if it
# has no sequence number yet).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/google/gopacket@v1.1.19 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'END'
package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/tcpassembly"
)

// segment is one packet from the client, of which only this matters here.
type segment struct {
	seq      uint32
	syn, fin bool
	data     string
}

// log has one text for each stream: the bytes it delivered, in order.
type log struct{ streams []*stream }

type stream struct{ text strings.Builder }

func (l *log) New(_, _ gopacket.Flow) tcpassembly.Stream {
	s := &stream{}
	l.streams = append(l.streams, s)
	return s
}

func (s *stream) Reassembled(all []tcpassembly.Reassembly) {
	for _, r := range all {
		s.text.Write(r.Bytes)
	}
}

func (s *stream) ReassemblyComplete() {}

// assemble returns the streams that the segments of one client port become.
func assemble(name string, segments ...segment) string {
	l := &log{}
	a := tcpassembly.NewAssembler(tcpassembly.NewStreamPool(l))
	flow := gopacket.NewFlow(layers.EndpointIPv4, net.IP{192, 0, 2, 1}, net.IP{192, 0, 2, 2})
	for _, s := range segments {
		t := &layers.TCP{SrcPort: 40000, DstPort: 80, Seq: s.seq, SYN: s.syn, FIN: s.fin, ACK: !s.syn}
		t.Payload = []byte(s.data)
		a.AssembleWithTimestamp(flow, t, time.Now())
	}
	a.FlushAll()
	var all []string
	for _, s := range l.streams {
		all = append(all, fmt.Sprintf("%q", s.text.String()))
	}
	result := strings.Join(all, " ")
	fmt.Printf("%s: %s\n", name, result)
	return result
}

func main() {
	first := []segment{{seq: 5000, syn: true}, {seq: 5001, data: "one"}}
	with := func(more ...segment) []segment { return append(append([]segment{}, first...), more...) }
	fin := segment{seq: 5004, fin: true}
	ended := assemble("second conn after a FIN", with(fin, segment{seq: 100, syn: true}, segment{seq: 101, data: "two"})...)
	lower := assemble("second conn, no FIN, lower numbers", with(segment{seq: 100, syn: true}, segment{seq: 101, data: "two"})...)
	higher := assemble("second conn, no FIN, higher numbers", with(segment{seq: 9000, syn: true}, segment{seq: 9001, data: "two"})...)
	again := assemble("data with FIN, sent twice", segment{seq: 5000, syn: true},
		segment{seq: 5001, fin: true, data: "one"}, segment{seq: 5001, fin: true, data: "one"})
	if ended != `"one" "two"` || lower != `"one"` || higher != `"onetwo"` || again != `"one" "one"` {
		fmt.Println("tcpassembly behaves differently from what is stated here")
		os.Exit(1)
	}
}
END
go run .
