#!/usr/bin/env bash
# After one lost packet pion's h264writer and ivfwriter make one frame of two, and oggwriter leaves pauses out.
#
# Expected: a program records what it receives over RTP. If a fragment of a picture is lost, the rest of that picture
# is dropped, and the next one is whole (RFC 6184 section 5.8 on H.264; RFC 7741 section 4.2 on VP8:
# a frame begins at the S bit). Opus sends nothing while nobody speaks, and the timestamps go on (RFC
# 7587 section 3.1.3); a recording fills such a pause, so that it stays in step with the video (RFC
# 7845 section 4.1).
# Seen, github.com/pion/webrtc/v4 v4.2.26 with github.com/pion/rtp v1.10.6, where each WriteRTP returns nil:
# - If the last fragment of a key frame is lost, h264writer keeps the others. With the next picture it writes one unit
#   of both, which has the type of that picture: there is no key frame, and the picture is not usable either.
# - If a fragment in the middle is lost, it writes the picture without it, as if it were whole.
# - ivfwriter does the same with VP8: two frames are one, at the time of the second.
# - Packets are written in the order of arrival, so two that are exchanged on the way make two wrong pictures.
# - oggwriter does not look at timestamps: a pause of 10 s is left out, and each lost packet makes the recording
#   20 ms shorter.
# On loopback, and with somebody who speaks all the time, all recordings are right. Retransmissions (NACK), which
# pion asks for, make losses rarer but packets late.
# Consequence: put the packets into order, and drop all packets of a frame that has a gap, before WriteRTP; or write
# what samplebuilder of the same module returns. Give oggwriter packets of silence for a pause.
# Sources: pion/rtp's codecs/h264_packet.go (fuaBuffer is emptied at an end bit only); ivfwriter.go
# (currentFrame is emptied at a marker only); oggwriter.go (the position is a sum of durations).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/pion/webrtc/v4@v4.2.26 github.com/pion/rtp@v1.10.6 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4/pkg/media/h264writer"
	"github.com/pion/webrtc/v4/pkg/media/ivfreader"
	"github.com/pion/webrtc/v4/pkg/media/ivfwriter"
	"github.com/pion/webrtc/v4/pkg/media/oggreader"
	"github.com/pion/webrtc/v4/pkg/media/oggwriter"
)

type writer interface {
	WriteRTP(*rtp.Packet) error
	Close() error
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func write(w writer, packets []*rtp.Packet, order []int) {
	for _, i := range order {
		check(w.WriteRTP(packets[i]))
	}
	check(w.Close())
}

// runs says how often each byte occurs in turn.
func runs(b []byte) string {
	var all []string
	for len(b) > 0 {
		n := len(b) - len(bytes.TrimLeft(b, string(b[:1])))
		all = append(all, fmt.Sprintf("%d %c", n, b[0]))
		b = b[n:]
	}
	return strings.Join(all, " ")
}

// packetize makes three frames of 2500 letters, in three packets each.
func packetize(payloader rtp.Payloader, prefix func(i int) string) (packets []*rtp.Packet) {
	p := rtp.NewPacketizer(1000, 96, 1, payloader, rtp.NewFixedSequencer(1), 90000)
	for i := range 3 {
		packets = append(packets, p.Packetize([]byte(prefix(i)+strings.Repeat(string(rune('a'+i)), 2500)), 3000)...)
	}
	return packets
}

func h264(order ...int) string {
	packets := packetize(&codecs.H264Payloader{}, func(i int) string {
		return "\x00\x00\x00\x01" + string(rune([]byte{0x65, 0x41, 0x41}[i]))
	})
	var file bytes.Buffer
	w := h264writer.NewWith(&file)
	// The writer begins at a parameter set.
	check(w.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2}, Payload: []byte{0x67, 'p', 'p', 'p', 'p'}}))
	write(w, packets, order)
	var units []string
	for _, unit := range bytes.Split(file.Bytes(), []byte{0, 0, 0, 1})[2:] {
		units = append(units, fmt.Sprintf("%s: %s", map[byte]string{1: "picture", 5: "key frame"}[unit[0]&31], runs(unit[1:])))
	}
	return strings.Join(units, ", ")
}

func vp8(order ...int) string {
	packets := packetize(&codecs.VP8Payloader{}, func(i int) string { return string(rune([]byte{0x10, 0x11, 0x11}[i])) })
	var file bytes.Buffer
	w, err := ivfwriter.NewWith(&file)
	check(err)
	write(w, packets, order)
	r, _, err := ivfreader.NewWith(&file)
	check(err)
	var frames []string
	for {
		frame, header, err := r.ParseNextFrame()
		if err != nil {
			return strings.Join(frames, ", ")
		}
		text := strings.NewReplacer("\x10", "", "\x11", "").Replace(string(frame))
		frames = append(frames, fmt.Sprintf("at %d: %s", header.Timestamp, runs([]byte(text))))
	}
}

// opus makes packets of 20 ms that are sent at these times, in ms, and returns the end of the recording.
func opus(times ...int) string {
	var file bytes.Buffer
	w, err := oggwriter.NewWith(&file, 48000, 2)
	check(err)
	for i, ms := range times {
		check(w.WriteRTP(&rtp.Packet{
			Header:  rtp.Header{Version: 2, SequenceNumber: uint16(i), Timestamp: uint32(5000 + ms*48)},
			Payload: []byte{0xf8, 0xff, 0xfe},
		}))
	}
	check(w.Close())
	r, _, err := oggreader.NewWith(&file)
	check(err)
	var end uint64
	for {
		_, page, err := r.ParseNextPage()
		if err != nil {
			return fmt.Sprintf("%d ms", end/48)
		}
		end = page.GranulePosition
	}
}

func main() {
	same := true
	expect := func(what, got, want string) {
		fmt.Printf("%s: %s\n", what, got)
		same = same && got == want
	}
	const b, c = "picture: 2500 b", "picture: 2500 c"
	expect("H.264, all packets", h264(0, 1, 2, 3, 4, 5, 6, 7, 8), "key frame: 2500 a, "+b+", "+c)
	expect("H.264, without the last packet of the key frame", h264(0, 1, 3, 4, 5, 6, 7, 8), "picture: 1972 a 2500 b, "+c)
	expect("H.264, without the second one", h264(0, 2, 3, 4, 5, 6, 7, 8), "key frame: 1514 a, "+b+", "+c)
	mixed := h264(0, 1, 2, 3, 5, 4, 6, 7, 8) // the end of b comes before its middle
	expect("H.264, two packets of b exchanged", mixed, "key frame: 2500 a, picture: 1514 b, picture: 986 b 2500 c")
	expect("VP8, all packets", vp8(0, 1, 2, 3, 4, 5, 6, 7, 8), "at 0: 2500 a, at 30: 2500 b, at 60: 2500 c")
	expect("VP8, without the last packet of b", vp8(0, 1, 2, 3, 4, 6, 7, 8), "at 0: 2500 a, at 60: 1973 b 2500 c")
	expect("Opus, 100 ms", opus(0, 20, 40, 60, 80), "100 ms")
	expect("Opus, the third packet lost", opus(0, 20, 60, 80), "80 ms")
	expect("Opus, a pause of 10 s", opus(0, 20, 40, 10040, 10060), "100 ms")
	if !same {
		fmt.Println("pion behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go mod tidy >>go.log 2>&1 || { cat go.log; exit 1; }
go run .
