package wire

import (
	"fmt"
	"strconv"
)

// window is how many bytes Compare shows of each side.
const window = 48

// Compare shows where got differs from want. The texts are windows of at most
// 48 bytes around the first byte that differs, cut at the same offsets and
// written in the same form (text or hexadecimal), so that they can be read one
// below the other. The mark says in words where and how they differ:
//
//	first difference at byte 1024: want 'a' (0x61), got NUL (0x00)
//	first difference at byte 393163: want '0' (0x30), got '9' (0x39); 53 bytes are missing there
//	got the first 700 of 4096 bytes
//	5 bytes too many after byte 12
//
// Offsets count from 0. The mark is empty when want and got are equal.
func Compare(want, got []byte) (wantText, gotText, mark string) {
	at := common(want, got)
	text := isText(want)
	if len(want) == 0 {
		text = isText(got)
	}
	return around(want, at, text), around(got, at, text), part(want, got, at)
}

// common returns the length of the longest common prefix.
func common(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// around quotes the window of p around offset at.
func around(p []byte, at int, text bool) string {
	if len(p) <= window {
		return quoteAs(p, text)
	}
	from := max(0, at-window/2)
	to := min(len(p), from+window)
	s := quoteAs(p[from:to], text)
	if from > 0 {
		s = "…" + s
	}
	if to < len(p) {
		s += "…"
	}
	return s + " (" + Count(len(p), "byte") + ")"
}

// part says how want and got differ at offset at.
func part(want, got []byte, at int) string {
	switch {
	case at == len(want) && at == len(got):
		return ""
	case len(got) == 0:
		return "got none of " + Count(len(want), "byte")
	case at == len(got):
		return fmt.Sprintf("got the first %d of %s", at, Count(len(want), "byte"))
	case len(want) == 0:
		return Count(len(got), "byte") + " where none were expected"
	case at == len(want):
		return fmt.Sprintf("%s too many after byte %d", Count(len(got)-at, "byte"), at)
	}
	text := fmt.Sprintf("first difference at byte %d: want %s, got %s", at, character(want[at]), character(got[at]))
	if origin := belongs(want, got, at); origin != "" {
		text += "; " + origin
	}
	return text
}

// character writes one byte as a character, where it has one, and as a number.
func character(c byte) string {
	switch {
	case c == 0:
		return "NUL (0x00)"
	case c == '\n', c == '\r', c == '\t', c >= ' ' && c <= '~':
		return fmt.Sprintf("%s (0x%02x)", strconv.QuoteRune(rune(c)), c)
	}
	return fmt.Sprintf("0x%02x", c)
}
