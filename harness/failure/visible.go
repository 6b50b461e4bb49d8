package failure

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Visible makes text of several lines harmless for the program that shows it: everything
// that is not printable, but for the ends of its lines, is written as a Go
// escape.
func Visible(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = visible(line)
	}
	return strings.Join(lines, "\n")
}

// visible makes s harmless for a terminal: one line, in which everything that
// is not printable is written as a Go escape.
func visible(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\x` + strconv.FormatUint(uint64(s[0]), 16)) // always two digits: at least 0x80
		case r == '\t':
			b.WriteString("    ")
		case r == '\u00a0': // go-cmp sets it in its reports
			b.WriteByte(' ')
		case strconv.IsPrint(r):
			b.WriteRune(r)
		default:
			q := strconv.QuoteRune(r)
			b.WriteString(q[1 : len(q)-1])
		}
		s = s[size:]
	}
	return b.String()
}

// cut shortens a line that would run over several lines of the screen.
func cut(s string) string {
	r := []rune(s)
	if len(r) <= maxColumn {
		return s
	}
	return string(r[:maxColumn-1]) + "…"
}

// wrap breaks s at spaces into lines of the width of prose, the first with
// head in front, the others indented by as much.
func wrap(head, s string) []string {
	room := width - utf8.RuneCountInString(head)
	var lines []string
	for {
		r := []rune(s)
		at := breakAt(r, room)
		lines = append(lines, head+cut(string(r[:at])))
		s = strings.TrimLeft(string(r[at:]), " ")
		if s == "" {
			return lines
		}
		head = blank(head)
	}
}

// breakAt returns where the line that starts with r ends: at the last space
// within room, or else at the first one after it.
func breakAt(r []rune, room int) int {
	if len(r) <= room {
		return len(r)
	}
	for i := room; i > 0; i-- {
		if r[i] == ' ' && strings.TrimSpace(string(r[:i])) != "" {
			return i
		}
	}
	for i := room; i < len(r); i++ {
		if r[i] == ' ' {
			return i
		}
	}
	return len(r)
}
