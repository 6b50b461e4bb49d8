package traceback

import (
	"regexp"
	"slices"
	"strings"
)

// A Crash is what the Go runtime prints when it ends a process.
type Crash struct {
	Message    string      // "panic: boom", "fatal error: concurrent map writes"
	Goroutines []Goroutine // the one that crashed comes first
}

var (
	// crashLine finds a line that begins a report. A value that was passed on
	// by a second panic is indented.
	crashLine = regexp.MustCompile(`(?m)^(?:[^\t\n].*?)??((?:panic|fatal error|SIGQUIT): )`)
	recovered = regexp.MustCompile(` \[recovered(?:, repanicked)?\]$`)
)

// FindCrash finds the last report of a crash in what a process has printed, and
// returns what it printed before. The report may follow text without a line's
// end. Words alone do not make a report: a traceback must follow.
func FindCrash(output string) (before string, c Crash, found bool) {
	for _, at := range slices.Backward(crashLine.FindAllStringSubmatchIndex(output, -1)) {
		if c, found = readCrash(output[at[2]:]); found {
			return output[:at[2]], c, true
		}
	}
	return output, Crash{}, false
}

func readCrash(report string) (Crash, bool) {
	message, rest, _ := strings.Cut(report, "\n")
	c := Crash{Message: recovered.ReplaceAllString(strings.TrimRight(message, "\r"), "")}
	c.Goroutines = Parse(rest)
	return c, len(c.Goroutines) > 0
}

// Innermost returns the innermost call of the package in the goroutine that
// crashed.
func (c Crash) Innermost(pkg string) (f Frame, ok bool) {
	if len(c.Goroutines) == 0 {
		return Frame{}, false
	}
	return c.Goroutines[0].Innermost(pkg)
}

// An Access is one of the two that a report of the race detector is about.
type Access struct {
	Kind   string  // "read", "previous write"
	Frames []Frame // innermost first
}

var accessLine = regexp.MustCompile(`(?m)^(\w[\w ]*) at 0x[0-9a-f]+ by .*:\r?$`)

// Race reads the accesses of the first race in a report of the race detector.
func Race(report string) []Access {
	const most = 2
	var all []Access
	heads := accessLine.FindAllStringSubmatchIndex(report, most)
	for _, h := range heads {
		stack, _, _ := strings.Cut(strings.ReplaceAll(report[h[1]:], "\r\n", "\n"), "\n\n")
		var g Goroutine
		r := reader{to: &g}
		for line := range strings.Lines(stack) {
			r.line(strings.TrimRight(line, "\n"))
		}
		all = append(all, Access{Kind: strings.ToLower(report[h[2]:h[3]]), Frames: g.Frames})
	}
	return all
}
