package diagnose

import (
	"regexp"
	"slices"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/failure"
)

// locks is what code does that waits for a mutex. No other mistake looks like
// that, so a failure with it is none of those that do not name it.
const locks = "it locks"

// fits reports whether the failure shows all that the mistake does, and nothing
// that contradicts it.
func fits(f failure.Failure, m catalog.Mistake) bool {
	if len(m.Arenas) > 0 && f.Arena != "" && !slices.Contains(m.Arenas, f.Arena) {
		return false
	}
	if !slices.Contains(m.Symptoms, f.Symptom) {
		return false
	}
	text := evidence(f)
	if strings.Contains(text, locks) && !slices.Contains(m.Shows, locks) {
		return false
	}
	for _, words := range m.Shows {
		words, absent := strings.CutPrefix(words, "!")
		if strings.Contains(text, words) == absent {
			return false
		}
	}
	return true
}

// evidence is everything in a failure that a mistake can be told by: what it
// says, and in words that do not depend on the learner's style, what the code was
// doing and how the streams of the conversation ended.
func evidence(f failure.Failure) string {
	lines := append([]string{f.Reason, f.Got, f.Want, f.Mark}, f.Code...)
	for _, line := range f.Code {
		lines = append(lines, doing(line)...)
	}
	for _, row := range f.Wire {
		lines = append(lines, ended(row)...)
	}
	return strings.Join(lines, "\n")
}

var blocked = regexp.MustCompile(`(?:is|are) blocked (?:in (\S+)|\()`)

// does names what a blocked call does, by its name: io.ReadAll reads.
var does = []struct {
	call *regexp.Regexp
	fact string
}{
	{regexp.MustCompile(`Read|Scan|Peek|Copy|Recv`), "it reads"},
	{regexp.MustCompile(`Write|Flush|Copy|Send`), "it writes"},
	{regexp.MustCompile(`Accept`), "it accepts"},
	{regexp.MustCompile(`Poll|Select|EpollWait`), "it polls"},
	{regexp.MustCompile(`^(sync\.)?R?Lock$`), locks},
	{regexp.MustCompile(`Wait$|^$`), "it waits"}, // "" is a channel or a select
}

// doing says what a sentence about the code says of a goroutine.
func doing(line string) []string {
	if strings.Contains(line, "busy-looping") || strings.Contains(line, "running at") {
		return []string{"it runs"}
	}
	m := blocked.FindStringSubmatch(line)
	if m == nil {
		return nil
	}
	var facts []string
	for _, d := range does {
		if d.call.MatchString(m[1]) {
			facts = append(facts, d.fact)
		}
	}
	return facts
}

// ended says what a row of the drawing says about the end of a stream. The
// learner's code is on the right.
func ended(row string) []string {
	var facts []string
	for _, mark := range []string{"FIN", "RST"} {
		switch {
		case !strings.Contains(row, "─ "+mark+" ─"):
		case strings.Contains(row, "▶"):
			facts = append(facts, mark+" came")
		case strings.Contains(row, "◀"):
			facts = append(facts, mark+" went")
		}
	}
	if strings.Contains(row, "ctx is ") {
		facts = append(facts, "ctx is done")
	}
	return facts
}
