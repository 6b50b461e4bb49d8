package wire

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Quote shows p to people: as a Go string literal when at least half of it is
// text, else as hexadecimal bytes ("0x00 ff 1b"). Of more than max bytes only
// the first max are shown, followed by the number of all:
//
//	"GET / HT"… (4096 bytes)
//
// The result is one line without control characters.
func Quote(p []byte, max int) string {
	return quoteCut(p, max, len(p), isText(p))
}

// quoteCut quotes the first max bytes of p, the start of size bytes.
func quoteCut(p []byte, max, size int, text bool) string {
	if max < 0 {
		max = 0
	}
	if len(p) > max {
		p = p[:max]
	}
	if len(p) < size && text {
		p = wholeRunes(p)
	}
	if len(p) == size {
		return quoteAs(p, text)
	}
	if len(p) == 0 {
		return "(" + Count(size, "byte") + ")"
	}
	return quoteAs(p, text) + "… (" + Count(size, "byte") + ")"
}

func quoteAs(p []byte, text bool) string {
	if text || len(p) == 0 {
		return strconv.Quote(string(p))
	}
	var b strings.Builder
	b.WriteString("0x")
	for i, c := range p {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%02x", c)
	}
	return b.String()
}

// isText reports whether at least half of p's characters are printable text. A
// byte that is not UTF-8 counts as one character that is not text, so a short
// binary header does not turn the text after it into hexadecimal.
func isText(p []byte) bool {
	p = wholeRunes(p)
	good, all := 0, 0
	for len(p) > 0 {
		r, size := utf8.DecodeRune(p)
		p = p[size:]
		all++
		if r == utf8.RuneError && size == 1 {
			continue
		}
		if strconv.IsPrint(r) || r == '\n' || r == '\r' || r == '\t' {
			good++
		}
	}
	return 2*good >= all
}

// wholeRunes drops the start of a character at the end of p, where a cut has
// left only a part of it.
func wholeRunes(p []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(p); i++ {
		start := len(p) - i
		if !utf8.RuneStart(p[start]) {
			continue
		}
		if p[start] >= utf8.RuneSelf && !utf8.FullRune(p[start:]) {
			return p[:start]
		}
		return p
	}
	return p
}
