package wire_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/wire"
)

func TestQuote(t *testing.T) {
	tests := []struct {
		p    string
		max  int
		want string
	}{
		{"", 10, `""`},
		{"ping\n", 10, `"ping\n"`},
		{"\x00\x00\x00\x05hello", 20, `"\x00\x00\x00\x05hello"`},
		{"\x00\xff\x1b", 10, `0x00 ff 1b`},
		{"\xffping", 10, `"\xffping"`},
		{"GET / HTTP/1.1\r\n", 5, `"GET /"… (16 bytes)`},
		{"\x00\x01\x02\x03", 2, `0x00 01… (4 bytes)`},
		{"grün", 3, `"gr"… (5 bytes)`},
		{"ü", 1, `(2 bytes)`},
		{"x", 0, `(1 byte)`},
		{"x", -1, `(1 byte)`},
		{"\x1b[31mred", 20, `"\x1b[31mred"`},
		{strings.Repeat("a", 4096), 4, `"aaaa"… (4096 bytes)`},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, wire.Quote([]byte(tt.p), tt.max), "%q, %d", tt.p, tt.max)
	}
}

func TestCompare(t *testing.T) {
	letters := strings.Repeat("abcdefgh", 512)
	flipped := letters[:1024] + "\x00" + letters[1025:]
	tests := map[string]struct{ want, got, wantText, gotText, mark string }{
		"equal": {"ping\n", "ping\n", `"ping\n"`, `"ping\n"`, ""},
		"one byte differs": {"ping\n", "pong\n", `"ping\n"`, `"pong\n"`,
			"first difference at byte 1: want 'i' (0x69), got 'o' (0x6f)"},
		"one byte of many differs": {letters, flipped,
			`…"abcdefghabcdefghabcdefghabcdefghabcdefghabcdefgh"… (4096 bytes)`,
			`…"abcdefghabcdefghabcdefgh\x00bcdefghabcdefghabcdefgh"… (4096 bytes)`,
			"first difference at byte 1024: want 'a' (0x61), got NUL (0x00)"},
		"the tail is missing": {letters, letters[:700],
			`…"efghabcdefghabcdefghabcdefghabcdefghabcdefghabcd"… (4096 bytes)`,
			`…"efghabcdefghabcdefghabcd" (700 bytes)`,
			"got the first 700 of 4096 bytes"},
		"nothing came": {"ping\n", "", `"ping\n"`, `""`, "got none of 5 bytes"},
		"too much came": {"twelve bytes", "twelve bytes and 5"[:17],
			`"twelve bytes"`, `"twelve bytes and "`, "5 bytes too many after byte 12"},
		"something came where none were expected": {"", "x", `""`, `"x"`, "1 byte where none were expected"},
		"text against NULs keeps the form of what is due": {"ping", "\x00\x00\x00\x00",
			`"ping"`, `"\x00\x00\x00\x00"`, "first difference at byte 0: want 'p' (0x70), got NUL (0x00)"},
		"binary": {"\x01\x02", "\x01\xff", `0x01 02`, `0x01 ff`,
			"first difference at byte 1: want 0x02, got 0xff"},
		"line breaks are named": {"a\r\n", "a\n", `"a\r\n"`, `"a\n"`,
			`first difference at byte 1: want '\r' (0x0d), got '\n' (0x0a)`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			wantText, gotText, mark := wire.Compare([]byte(tt.want), []byte(tt.got))
			require.Equal(t, tt.wantText, wantText)
			require.Equal(t, tt.gotText, gotText)
			require.Equal(t, tt.mark, mark)
		})
	}
}

func FuzzCompareMarksExactlyWhatDiffers(f *testing.F) {
	f.Add([]byte("ping"), []byte("pong"))
	f.Add([]byte{}, bytes.Repeat([]byte{0xff}, 100))
	f.Fuzz(func(t *testing.T, want, got []byte) {
		wantText, gotText, mark := wire.Compare(want, got)
		require.Equal(t, bytes.Equal(want, got), mark == "")
		require.NotContains(t, wantText+gotText+mark+wire.Quote(got, 7), "\n")
		require.NotContains(t, wantText+gotText+mark+wire.Quote(got, 7), "\x1b")
	})
}
