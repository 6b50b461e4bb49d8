package verdict

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"socketkata/harness/failure"
	"socketkata/harness/grade/book"
)

// Limits keep a report readable, and below what its consumer accepts, whatever
// a submission printed.
const (
	nameLimit = 100  // runes of a name
	lineLimit = 500  // runes of a sentence
	textLimit = 8192 // bytes of a text of several lines
)

// Number writes points as briefly as they can be read back.
func Number(x float64) string { return strconv.FormatFloat(book.Round(x), 'f', -1, 64) }

// name is a name as a report shows it. A student whose name is blank still needs
// something to click on.
func name(s string) string {
	if s = cut(oneLine(s), nameLimit); strings.TrimSpace(s) == "" {
		return "(no name)"
	}
	return s
}

func line(s string) string { return cut(strings.TrimSpace(oneLine(s)), lineLimit) }

func lines(all []string) []string {
	var out []string
	for _, s := range all {
		out = append(out, line(s))
	}
	return out
}

// oneLine makes s printable and shows the ends of its lines as escapes.
func oneLine(s string) string {
	return strings.ReplaceAll(failure.Visible(s), "\n", `\n`)
}

// text makes a text of several lines printable, and drops its middle if it is
// too long: a failure says the most at its beginning and its end.
func text(s string) string {
	s = strings.TrimRight(failure.Visible(s), "\n ")
	if len(s) <= textLimit {
		return s
	}
	head, tail := s[:textLimit/2], s[len(s)-textLimit/2:]
	for !utf8.RuneStart(tail[0]) {
		tail = tail[1:]
	}
	head = strings.ToValidUTF8(head, "")
	return fmt.Sprintf("%s\n… %d bytes are left out here …\n%s", head, len(s)-len(head)-len(tail), tail)
}

func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	r := []rune(s)
	if len(r) <= limit {
		return s
	}
	return string(r[:limit-1]) + "…"
}

// A files gives each student a base name for files.
type files struct {
	digits int
	n      int
}

func newFiles(students int) *files { return &files{digits: max(2, len(strconv.Itoa(students)))} }

// name returns a number, which makes it unique, and what is plain of the
// student's name, which makes it easy to find.
func (f *files) name(student string) string {
	f.n++
	var b strings.Builder
	fmt.Fprintf(&b, "%0*d", f.digits, f.n)
	gap := true
	for _, r := range strings.ToLower(student) {
		plain := r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		if !plain {
			gap = true
			continue
		}
		if b.Len() > 40 {
			break
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteRune(r)
	}
	return b.String()
}
