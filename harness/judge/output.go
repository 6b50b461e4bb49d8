package judge

import (
	"strings"

	"socketkata/harness/observe"
)

// printed returns what the candidate printed during a test.
func printed(seen *observe.Observation, test string) string {
	var all observe.Capped
	for _, l := range logsOf(seen, test) {
		output, _ := l.Printed()
		if death := deathOf(seen); death != "" && seen.EndedIn(test) {
			// The runtime writes a traceback to standard error, too.
			output, _, _ = strings.Cut(output, firstLine(death))
		}
		all.WriteString(output)
	}
	return all.String()
}

// deathOf returns how the dying process explained its end: with a traceback, or
// with the signal that ended it. "" if it did not.
func deathOf(seen *observe.Observation) string {
	crash := strings.TrimLeft(seen.Crash, "\n")
	if deathMark(firstLine(crash)) == 0 {
		return crash
	}
	// The runtime writes the headline of a fatal error to standard error only,
	// and everything if the code closed the file for tracebacks.
	text := seen.Last.Text()
	for _, mark := range []string{"fatal error: ", "panic: "} {
		if i := strings.Index("\n"+text, "\n"+mark); i >= 0 && credible(text[i:]) {
			return text[i:]
		}
	}
	if crash != "" {
		return "fatal error: the Go runtime ended the process\n\n" + crash
	}
	return seen.Signal
}

// deathMark returns where in text a dying process begins its report, -1 if it
// does not. The mark may follow something printed without a line's end.
func deathMark(text string) int {
	for _, mark := range []string{"panic: ", "fatal error: ", "SIGQUIT: ", "signal: "} {
		if i := strings.Index(text, mark); i >= 0 {
			return i
		}
	}
	return -1
}

// credible reports whether what looks like a dying process's report goes on as
// one: with a traceback.
func credible(death string) bool { return strings.Contains(death, "\ngoroutine ") }

// lastLines returns the last n lines of text.
func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
