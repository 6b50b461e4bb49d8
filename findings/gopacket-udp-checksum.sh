#!/usr/bin/env bash
# gopacket writes a UDP checksum of zero, which means "no checksum".
#
# Expected: if the sum of a datagram comes out as zero, 0xffff is written: zero
# in the header says that the sender computed none (RFC 768; RFC 8200 section
# 8.1 forbids it over IPv6).
# Seen, github.com/google/gopacket v1.1.19: SerializeLayers with ComputeChecksums
# writes 0x0000 for such a datagram. About one payload in 65,536 is concerned.
# Over IPv4 it goes out unprotected; over IPv6 its receiver must drop it.
# Consequence: after SerializeLayers, turn a zero in the checksum's two bytes
# into 0xffff; a test over a few random payloads does not find this.
# Sources: layers/udp.go (SerializeTo stores the computed sum as it is); RFC 768.
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
	"encoding/binary"
	"fmt"
	"net"
	"os"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

type ipLayer interface {
	gopacket.NetworkLayer
	gopacket.SerializableLayer
}

// counts serializes every payload of two bytes and counts the checksums that
// are 0x0000 and 0xffff.
func counts(ip ipLayer, headers int) (zeros, ones int) {
	udp := &layers.UDP{SrcPort: 1111, DstPort: 2222}
	udp.SetNetworkLayerForChecksum(ip)
	options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	buffer := gopacket.NewSerializeBuffer()
	for payload := range 1 << 16 {
		data := binary.BigEndian.AppendUint16(nil, uint16(payload))
		if err := gopacket.SerializeLayers(buffer, options, ip, udp, gopacket.Payload(data)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		switch binary.BigEndian.Uint16(buffer.Bytes()[headers+6:]) {
		case 0:
			zeros++
		case 0xffff:
			ones++
		}
	}
	return zeros, ones
}

func main() {
	v4 := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP,
		SrcIP: net.IPv4(192, 0, 2, 1).To4(), DstIP: net.IPv4(192, 0, 2, 2).To4()}
	v6 := &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolUDP,
		SrcIP: net.ParseIP("2001:db8::1"), DstIP: net.ParseIP("2001:db8::2")}
	zeros4, ones4 := counts(v4, 20)
	zeros6, ones6 := counts(v6, 40)
	fmt.Printf("IPv4: of 65536 payloads, %d got the checksum 0x0000 and %d got 0xffff\n", zeros4, ones4)
	fmt.Printf("IPv6: of 65536 payloads, %d got the checksum 0x0000 and %d got 0xffff\n", zeros6, ones6)
	if zeros4 == 0 || zeros6 == 0 || ones4 > 0 || ones6 > 0 {
		fmt.Println("gopacket behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
