package observe

import (
	"regexp"
	"strings"
)

// A divider gives each piece of the output to the test that was running, by the
// marks that the test process writes between them. Nobody else knows the mark.
type divider struct {
	mark    string // followed by the name of a test and arena, and a line's end
	pending string // what may be the beginning of a mark
	to      func(name, text string)
	name    string
}

// maxName is far longer than any name of a test and arena.
const maxName = 1 << 10

// write takes a piece of the output.
func (d *divider) write(text string) {
	text = d.pending + text
	d.pending = ""
	for {
		before, rest, found := strings.Cut(text, d.mark)
		if !found {
			break
		}
		name, after, whole := strings.Cut(rest, "\n")
		if !whole && len(rest) < maxName {
			d.give(before)
			d.pending = d.mark + rest
			return
		}
		d.give(before)
		d.name, text = strings.TrimSuffix(name, "\r"), after
	}
	if i := strings.LastIndexByte(text, d.mark[0]); i >= 0 && strings.HasPrefix(d.mark, text[i:]) {
		text, d.pending = text[:i], text[i:]
	}
	d.give(text)
}

// close takes what only looked like a mark.
func (d *divider) close() {
	d.give(d.pending)
	d.pending = ""
}

func (d *divider) give(text string) {
	if text != "" {
		d.to(d.name, text)
	}
}

// logLine is how package testing begins what t.Log and t.Error say. It may
// follow something printed without a line's end.
var logLine = regexp.MustCompile(`    [\w.-]+\.go:[0-9]+:(?: |\r?\n|$)`)

const logIndent = "    " // in front of the further lines; t.Log doubles it

// separate splits what was printed during a test into what was said through
// testing.T, and the rest.
func separate(output string) (said, rest string) {
	var saidLines, restLines strings.Builder
	inLog := false
	for line := range strings.Lines(output) {
		at := logLine.FindStringIndex(line)
		switch {
		case at != nil:
			inLog = true
			restLines.WriteString(line[:at[0]])
			if at[0] > 0 {
				restLines.WriteString("\n")
			}
			saidLines.WriteString(line[at[1]:])
		case inLog && strings.HasPrefix(line, logIndent):
			saidLines.WriteString(strings.TrimPrefix(strings.TrimPrefix(line, logIndent), logIndent))
		default:
			inLog = false
			restLines.WriteString(line)
		}
	}
	return saidLines.String(), restLines.String()
}

// isTestLine reports whether package testing wrote the line to mark the
// beginning or end of a test.
func isTestLine(line string) bool {
	line = strings.TrimLeft(line, "\x16")
	if rest, ok := strings.CutPrefix(line, "=== "); ok {
		for _, mark := range []string{"RUN   ", "PAUSE ", "CONT  ", "NAME  ", "ATTR  ", "ARTIFACTS "} {
			if strings.HasPrefix(rest, mark) {
				return true
			}
		}
		return false
	}
	line = strings.TrimLeft(line, " ")
	return strings.HasPrefix(line, "--- PASS: ") || strings.HasPrefix(line, "--- FAIL: ") || strings.HasPrefix(line, "--- SKIP: ")
}

// isPackageLine reports whether the line is one that package testing or the go
// command writes about the package as a whole.
func isPackageLine(line string) bool {
	return line == "PASS\n" || line == "FAIL\n" ||
		strings.HasPrefix(line, "ok  \t") || strings.HasPrefix(line, "FAIL\t") || strings.HasPrefix(line, "exit status ") || strings.HasPrefix(line, "signal: ") ||
		strings.HasPrefix(line, "testing: warning: no tests to run") || strings.HasPrefix(line, "-test.shuffle ")
}
