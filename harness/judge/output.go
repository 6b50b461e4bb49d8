package judge

import (
	"regexp"
	"strings"
)

// logLine is how package testing begins what t.Log and t.Error say, and the
// bench what it writes to t.Output, which has no line of a script to name when
// the script is over. It may follow something printed without a line's end.
var logLine = regexp.MustCompile(`    (?:[\w.-]+\.go:[0-9]+|the end of the script):(?: |\r?\n|$)`)

const logIndent = "    " // in front of the further lines; t.Log doubles it

// separate splits what a test printed into what was said through testing.T,
// and the rest, which the candidate's code printed.
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

// logged returns what the test itself said.
func logged(output string) string {
	said, _ := separate(output)
	return said
}

// printed returns what the candidate printed during a test: no frames, nothing
// said through testing.T, no traceback and no report of the race detector.
func printed(rec *record, test string) string {
	var all capped
	for _, l := range logsOf(rec, test) {
		output := text(&l.out)
		if death := l.death.String(); credible(death) && rec.endedIn(test) {
			output, _, _ = strings.Cut(output, firstLine(death))
		}
		if i := strings.Index(output, raceBegin); i >= 0 {
			_, rest, _ := strings.Cut(output[i+len(raceLine):], raceLine)
			output = output[:i] + rest
		}
		_, rest := separate(output)
		for _, f := range l.failures {
			// The bench's last words before it ends the process itself.
			rest, _, _ = strings.Cut(rest, "  ✗ "+f.Requirement+" ")
		}
		all.WriteString(rest)
	}
	return text(&all)
}

const (
	raceLine  = "==================\n"
	raceBegin = raceLine + "WARNING: DATA RACE"
)

// lastLines returns the last n lines of text.
func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
