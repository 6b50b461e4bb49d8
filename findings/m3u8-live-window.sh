#!/usr/bin/env bash
# m3u8 names the wrong key once the segment with the key has left a live playlist, and drops the second EXT-X-MAP.
#
# Expected: a program passes an HLS playlist on, or makes one of its own with a window of the last segments.
# EXT-X-KEY is true for all segments up to the next one, so it stays as long as one of these is there (RFC
# 8216 section 4.3.2.4); so does EXT-X-MAP (4.3.2.5). When an EXT-X-DISCONTINUITY leaves,
# EXT-X-DISCONTINUITY-SEQUENCE grows by one (6.2.2). A byte range without an offset begins where the one
# before it ended (4.3.2.2).
# Seen, github.com/grafov/m3u8 v0.12.1:
# - If the segment in front of which a key stood is removed, the key goes with it. The segments that are left have the
#   first key that was decoded; with SetKey and Slide they have none, as if they were not encrypted. A
#   player decrypts with the wrong key, or not at all.
# - EXT-X-DISCONTINUITY-SEQUENCE does not grow, so variants are not aligned any more.
# - "#EXT-X-BYTERANGE:2000" after "1000@720" is decoded, and encoded, as 2000@0: another part of the file.
# - A second EXT-X-MAP, as for an advertisement, is not encoded: its segments get the wrong initialization. The
#   byte range of the first is written without its quotation marks, which the tag demands.
# - Lost without an error, also if the decoder is strict: EXT-X-GAP, after which players ask for a file that is
#   not there; INSTREAM-ID of closed captions, without which the line is invalid (4.3.4.1); CHANNELS.
# - BANDWIDTH has 32 bits: 6000000000 is 1705032704.
# A playlist with one key, with all offsets, or that is not cut, is right.
# Consequence: call SetKey for each segment, or copy Key to those that have none after decoding, and count
# DiscontinuitySeq yourself. Set Map of the decoded playlist to nil if segments have others, and Offset
# where it is 0 and the segment before has the same URI.
# Sources: writer.go (Encode compares each segment's Key with the playlist's, and ignores its Map if the playlist
# has one; Remove) and reader.go (decodeLineOfMediaPlaylist: EXT-X-BYTERANGE; Bandwidth is a uint32).
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding >go.log 2>&1
go get github.com/grafov/m3u8@v0.12.1 >>go.log 2>&1 || { cat go.log; exit 1; }
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/grafov/m3u8"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func decode(text string) m3u8.Playlist {
	p, _, err := m3u8.DecodeFrom(strings.NewReader(text), true)
	check(err)
	return p
}

// lines returns the tags that this is about, and the names of segments.
func lines(p m3u8.Playlist) string {
	var kept []string
	for line := range strings.Lines(p.Encode().String()) {
		line = strings.TrimSpace(line)
		for _, name := range []string{"#EXT-X-KEY", "#EXT-X-DISC", "#EXT-X-BYTE", "#EXT-X-GAP", "#EXT-X-MAP", "#EXT-X-MEDIA:", "#EXT-X-STREAM"} {
			if strings.HasPrefix(line, name) {
				kept = append(kept, strings.TrimPrefix(line, "#EXT-X-"))
			}
		}
		if line != "" && line[0] != '#' {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, " | ")
}

func main() {
	same := true
	expect := func(what, got, want string) {
		fmt.Printf("%s: %s\n", what, got)
		same = same && got == want
	}
	const k1, k2 = `KEY:METHOD=AES-128,URI="k1"`, `KEY:METHOD=AES-128,URI="k2"`

	live := decode(`#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:10
#EXT-X-MEDIA-SEQUENCE:100
#EXT-X-DISCONTINUITY-SEQUENCE:7
#EXT-X-KEY:METHOD=AES-128,URI="k1"
#EXTINF:10,
a.ts
#EXT-X-KEY:METHOD=AES-128,URI="k2"
#EXTINF:10,
b.ts
#EXTINF:10,
c.ts
#EXT-X-DISCONTINUITY
#EXTINF:10,
d.ts
#EXTINF:10,
e.ts
`).(*m3u8.MediaPlaylist)
	remove := func() string {
		check(live.Remove())
		live.ResetCache()
		return lines(live)
	}
	expect("without a", remove(), k1+" | DISCONTINUITY-SEQUENCE:7 | "+k2+" | b.ts | c.ts | DISCONTINUITY | d.ts | e.ts")
	expect("without b, where k2 began", remove(), k1+" | DISCONTINUITY-SEQUENCE:7 | c.ts | DISCONTINUITY | d.ts | e.ts")
	remove()
	expect("without d, after the discontinuity", remove(), k1+" | DISCONTINUITY-SEQUENCE:7 | e.ts")

	window, err := m3u8.NewMediaPlaylist(3, 10)
	check(err)
	window.Slide("a.ts", 10, "")
	check(window.SetKey("AES-128", "k1", "", "", ""))
	window.Slide("b.ts", 10, "")
	window.Slide("c.ts", 10, "")
	expect("SetKey at a, window a to c", lines(window), k1+" | a.ts | b.ts | c.ts")
	window.Slide("d.ts", 10, "")
	expect("SetKey at a, window b to d", lines(window), "b.ts | c.ts | d.ts")

	ranges := decode(`#EXTM3U
#EXT-X-VERSION:8
#EXT-X-TARGETDURATION:10
#EXT-X-MEDIA-SEQUENCE:0
#EXTINF:10,
#EXT-X-BYTERANGE:1000@720
a.mp4
#EXTINF:10,
#EXT-X-BYTERANGE:2000
a.mp4
#EXTINF:10,
#EXT-X-GAP
missing.mp4
#EXT-X-ENDLIST
`)
	expect("1000@720, 2000 and a gap", lines(ranges), "BYTERANGE:1000@720 | a.mp4 | BYTERANGE:2000@0 | a.mp4 | missing.mp4")

	maps := decode(`#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:10
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-MAP:URI="film.mp4",BYTERANGE="720@0"
#EXTINF:10,
film1.mp4
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="ad.mp4"
#EXTINF:10,
ad1.mp4
#EXT-X-ENDLIST
`)
	expect("two maps", lines(maps), `MAP:URI="film.mp4",BYTERANGE=720@0 | film1.mp4 | DISCONTINUITY | ad1.mp4`)

	master := decode(`#EXTM3U
#EXT-X-VERSION:6
#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="cc",NAME="Text",INSTREAM-ID="CC1"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="six",NAME="Film",CHANNELS="6",URI="six.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=6000000000,AUDIO="six",CLOSED-CAPTIONS="cc"
film.m3u8
`)
	expect("a master playlist", lines(master), `MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="cc",NAME="Text",DEFAULT=NO | `+
		`MEDIA:TYPE=AUDIO,GROUP-ID="six",NAME="Film",DEFAULT=NO,URI="six.m3u8" | `+
		`STREAM-INF:PROGRAM-ID=0,BANDWIDTH=1705032704,AUDIO="six",CLOSED-CAPTIONS="cc" | film.m3u8`)
	if !same {
		fmt.Println("m3u8 behaves differently from what is stated here")
		os.Exit(1)
	}
}
EOF
go run .
