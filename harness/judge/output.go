package judge

import (
	"strings"

	"socketkata/harness/observe"
	"socketkata/harness/traceback"
)

// printed returns what the candidate printed during a test.
func printed(seen *observe.Observation, test string) string {
	var all observe.Capped
	for _, l := range logsOf(seen, test) {
		output, _ := l.Printed()
		if seen.EndedIn(test) {
			// The runtime writes a traceback to standard error, too.
			output, _, _ = traceback.FindCrash(output)
		}
		all.WriteString(output)
	}
	return all.String()
}

// deathOf returns how the dying process explained its end: with a traceback, or
// with the signal that ended it.
func deathOf(seen *observe.Observation) (c traceback.Crash, found bool) {
	if _, c, found = traceback.FindCrash(seen.Crash); found {
		return c, true
	}
	// The runtime writes the headline of a fatal error to standard error only,
	// and everything if the code closed the file for tracebacks.
	if _, c, found = traceback.FindCrash(seen.Last.Text()); found {
		return c, true
	}
	switch {
	case seen.Crash != "":
		return traceback.Crash{Message: "fatal error: the Go runtime ended the process", Goroutines: traceback.Parse(seen.Crash)}, true
	case seen.Signal != "":
		return traceback.Crash{Message: seen.Signal}, true
	}
	return traceback.Crash{}, false
}

// lastLines returns the last n lines of text.
func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
