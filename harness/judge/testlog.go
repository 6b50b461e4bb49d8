package judge

import (
	"strings"
	"time"

	"socketkata/harness/failure"
)

// A testLog is what is known of one test or subtest.
type testLog struct {
	name                    string
	began                   int
	passed, failed, skipped int
	frame                   string // the last "--- PASS: " line, until its event comes
	failures                []failure.Failure
	out                     capped
	midLine                 bool // the output so far does not end with a line's end
	death                   head // from the last line that a dying process begins with
	race                    head // the first report of the race detector
	inRace, raced           bool
	start                   time.Time
	elapsed                 time.Duration
}

// unfinished reports whether the test began and never ended.
func (l *testLog) unfinished() bool { return l.began > l.passed+l.failed+l.skipped }

// A head keeps the first part of what is written to it.
type head struct{ text []byte }

func (h *head) WriteString(s string) {
	h.text = append(h.text, s[:min(len(s), keptOutput-len(h.text))]...)
}

func (h *head) String() string { return string(h.text) }

// write takes one piece of what the test printed: a line, or a part of a long
// one.
func (l *testLog) write(text string) {
	l.out.WriteString(text)
	if i := deathMark(text); i == 0 || i > 0 && text[0] != '\t' && !credible(l.death.String()) {
		l.death = head{}
		l.death.WriteString(text[i:])
	} else if len(l.death.text) > 0 {
		l.death.WriteString(text)
	}
	if !l.raced && strings.Contains(text, "WARNING: DATA RACE") {
		l.raced, l.inRace = true, true
	}
	if l.inRace {
		l.race.WriteString(text)
		l.inRace = !strings.HasPrefix(text, "==================")
	}
	l.midLine = !strings.HasSuffix(text, "\n")
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
// one: with a traceback. The go command adds the name of a signal by itself.
func credible(death string) bool {
	return strings.Contains(death, "\ngoroutine ") || strings.HasPrefix(death, "signal: ") && strings.Count(death, "\n") == 1
}
