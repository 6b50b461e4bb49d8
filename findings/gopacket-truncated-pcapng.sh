#!/usr/bin/env bash
# gopacket reads a pcapng file that was cut off as if it had ended.
#
# Expected: a capture that ends in the middle of a packet (its writer was stopped,
# or is still writing) gives io.ErrUnexpectedEOF, as pcapgo.Reader does for the
# older format in nearly all cases.
# Seen, github.com/google/gopacket v1.1.19: pcapgo.NgReader returns plain io.EOF,
# wherever in a block the file ends. The usual loop takes that for a complete
# capture. If only the end of the last block is missing, it even returns the
# packet's bytes with io.EOF, which the usual loop throws away.
# The older format has one such place, too: a file that ends between the header
# of a packet and its first byte gives io.EOF.
# Consequence: check the lengths of the blocks against the file's size, or keep to the
# older format.
# Sources: pcapgo/ngread.go (readBytes passes the io.EOF of Read on); package io,
# ReadFull.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/google/gopacket@v1.1.19 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

const size = 20 // bytes of the one packet in each file

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

// files returns a capture in both formats, and where its packet begins.
func files() (pcap, ng []byte, pcapStart, ngStart int) {
	info := gopacket.CaptureInfo{Timestamp: time.Unix(1, 0), CaptureLength: size, Length: size}
	var a, b bytes.Buffer
	w := pcapgo.NewWriter(&a)
	check(w.WriteFileHeader(65535, layers.LinkTypeEthernet))
	pcapStart = a.Len()
	check(w.WritePacket(info, make([]byte, size)))
	n := must(pcapgo.NewNgWriter(&b, layers.LinkTypeEthernet))
	check(n.Flush())
	ngStart = b.Len()
	check(n.WritePacket(info, make([]byte, size)))
	check(n.Flush())
	return a.Bytes(), b.Bytes(), pcapStart, ngStart
}

// cuts reads the packet from every proper prefix that holds some of it, and
// counts the errors, and the reads that return the packet all the same.
func cuts(file []byte, start int, read func(io.Reader) ([]byte, error)) (total, eof, unexpected, packets int) {
	for end := start + 1; end < len(file); end++ {
		data, err := read(bytes.NewReader(file[:end]))
		total++
		switch err {
		case io.EOF:
			eof++
			if len(data) == size && end >= start+28+size {
				packets++
			}
		case io.ErrUnexpectedEOF:
			unexpected++
		}
	}
	return total, eof, unexpected, packets
}

func main() {
	pcap, ng, pcapStart, ngStart := files()
	total, eof, unexpected, _ := cuts(pcap, pcapStart, func(r io.Reader) ([]byte, error) {
		data, _, err := must(pcapgo.NewReader(r)).ReadPacketData()
		return data, err
	})
	fmt.Printf("pcap:   cut at %d places: io.EOF %d, io.ErrUnexpectedEOF %d\n", total, eof, unexpected)
	bad := eof != 1 || unexpected != total-1
	total, eof, unexpected, packets := cuts(ng, ngStart, func(r io.Reader) ([]byte, error) {
		data, _, err := must(pcapgo.NewNgReader(r, pcapgo.NgReaderOptions{})).ReadPacketData()
		return data, err
	})
	fmt.Printf("pcapng: cut at %d places: io.EOF %d, io.ErrUnexpectedEOF %d; whole packet and io.EOF: %d\n", total, eof, unexpected, packets)
	if bad || eof != total || packets == 0 {
		fmt.Println("gopacket behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
