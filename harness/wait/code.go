package wait

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"socketkata/harness/failure"
	"socketkata/harness/record"
	"socketkata/harness/subject"
	"socketkata/harness/wire"
)

// codeRows is how many sentences a failure says about where the code is.
const codeRows = 4

// Explain adds to a failure where the subject's goroutines are. If there is a
// root of the trouble, it takes the place of what the step missed. spinner is
// the goroutine that is busy-looping, if that is the root; else 0. The lock is
// held.
func (v *Wait) Explain(f *failure.Failure) (spinner uint64) {
	f.Code = v.code()
	defer blameLimit(f, v.Subject.HasRunOut())
	if v.Subject.Explain(f) {
		return 0
	}
	s := v.busyLoop()
	if s == nil {
		return 0
	}
	f.Symptom = failure.Spin
	f.Code = []string{fmt.Sprintf("a goroutine is busy-looping: seen %d times, last %s", s.ran, s.where)}
	return s.goroutine.ID
}

// busyLoop returns a goroutine of the subject that has never waited since bytes
// last crossed.
func (v *Wait) busyLoop() *sighting {
	const enough = 4 // of the about ten samples of a step that waits in vain
	for _, s := range v.seen {
		if s.ran >= enough && s.waited == 0 {
			return s
		}
	}
	return nil
}

// code says which calls have returned, and where the others and the goroutines
// are.
func (v *Wait) code() []string {
	var returned []string
	for _, c := range v.Subject.Calls() {
		if c.Ended() {
			returned = append(returned, c.Sentence())
		}
	}
	running := v.running()
	if n := len(running) - codeRows; n > 0 {
		running = append(running[:codeRows:codeRows], fmt.Sprintf("(and %d more)", n))
	}
	// Where code is now tells more than what returned long ago.
	if n := min(len(returned)+len(running)-codeRows, len(returned)); n > 0 {
		returned = append([]string{fmt.Sprintf("(%s returned)", wire.Count(n, "earlier call"))}, returned[n:]...)
	}
	return append(returned, running...)
}

// running groups the subject's goroutines by where they are.
func (v *Wait) running() []string {
	var order []string
	count, oldest := make(map[string]int), make(map[string]time.Duration)
	for id, s := range v.seen {
		line := v.Subject.NameOf(id) + " is " + s.where
		if count[line]++; count[line] == 1 {
			order = append(order, line)
		}
		oldest[line] = max(oldest[line], time.Since(s.since))
	}
	slices.SortFunc(order, func(a, b string) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b)) })
	for i, line := range order {
		if n := count[line]; n > 1 {
			order[i] = strings.Replace(line, subject.Unnamed+" is", fmt.Sprintf("%d goroutines are", n), 1)
		}
		if d := oldest[line].Round(sampleEvery); d > 0 && !Still() && !v.Virtual {
			order[i] += fmt.Sprintf(" for %v", d)
		}
	}
	return order
}

// rank orders the sentences about goroutines, of which a failure shows a few: the
// calls of the script, then what the subject started itself, the more unusual
// first.
func rank(line string) int {
	switch {
	case !strings.HasPrefix(line, subject.Unnamed):
		return 0
	case strings.Contains(line, " running "), strings.Contains(line, "blocked in Lock "):
		return 1
	case strings.Contains(line, "blocked in Write "), strings.Contains(line, "blocked (chan send)"):
		return 2
	case strings.Contains(line, "blocked in Accept "):
		return 4 // where it is whenever no client comes
	case strings.Contains(line, "blocked (") || strings.Contains(line, "blocked in Wait "):
		return 5 // for another goroutine, which tells more
	}
	return 3
}

// Still reports whether failures leave out what differs from run to run.
func Still() bool { return os.Getenv("KATA_STILL") == "1" }

// Sightings returns where the goroutines of the subject are, for a record. The
// lock is held.
func (v *Wait) Sightings() []record.Sighting {
	var all []record.Sighting
	for id, s := range v.seen {
		call := v.Subject.NameOf(id)
		if call == subject.Unnamed {
			call = ""
		}
		all = append(all, record.Sighting{Goroutine: s.goroutine, Where: s.where, For: time.Since(s.since), Call: call})
	}
	return all
}
