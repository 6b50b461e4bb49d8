package observe

import (
	"strings"
	"time"

	"socketkata/harness/failure"
)

// A Log is what is known of one test, or of one arena of it.
type Log struct {
	Test, Arena             string // the arena is "" for the test as a whole
	Began                   int
	Passed, Failed, Skipped int
	SkipReason              string
	Failures                []failure.Failure
	Race                    string // what the race detector reported meanwhile
	Elapsed                 time.Duration

	printed Capped
	start   time.Time
	before  int // failures of earlier runs
}

// Unfinished reports whether the test began and never ended.
func (l *Log) Unfinished() bool { return l.Began > l.Passed+l.Failed+l.Skipped }

// Printed returns what the candidate printed meanwhile, and what the test said
// through testing.T: a few tests have checks that are not the bench's.
func (l *Log) Printed() (candidate, said string) {
	said, candidate = separate(l.withoutTestLines())
	return candidate, said
}

// withoutTestLines leaves out what package testing writes about this test while
// it runs: where its artifacts are, and whose output follows.
func (l *Log) withoutTestLines() string {
	var text strings.Builder
	for line := range strings.Lines(l.printed.String()) {
		if !strings.HasPrefix(line, "=== ARTIFACTS "+l.name()+" ") && line != "=== NAME  "+l.name()+"\n" {
			text.WriteString(line)
		}
	}
	return text.String()
}

// Text returns everything that was printed meanwhile.
func (l *Log) Text() string { return l.printed.String() }

func (l *Log) name() string {
	if l.Arena == "" {
		return l.Test
	}
	return l.Test + "/" + l.Arena
}

// print takes a piece of the output. Each test begins on a line of its own.
func (l *Log) print(text string) { l.printed.WriteString(text) }

// endLine completes a line that the test left unfinished.
func (l *Log) endLine() {
	if l.printed.last != 0 && l.printed.last != '\n' {
		l.printed.WriteString("\n")
	}
}

func cutName(name string) (test, arena string) {
	test, arena, _ = strings.Cut(name, "/")
	return test, arena
}
