package progress

import (
	"cmp"
	"fmt"
	"slices"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
)

// A Standing is how far a learner is with an exercise.
type Standing struct {
	Core, Hardened Tally
	Tested         bool
	Elsewhere      bool   // none of it is built on this platform
	FirstRed       string // ID of the first requirement that failed, or else of the first that did not pass
}

// A Tally counts the requirements of a tier.
type Tally struct{ Passed, Skipped, All int }

func (t Tally) done() bool     { return t.Passed+t.Skipped == t.All }
func (t Tally) String() string { return fmt.Sprintf("%d/%d", t.Passed, t.All) }

// CoreDone reports whether no requirement of the core is open.
func (s Standing) CoreDone() bool { return s.Core.done() }

// Done reports whether no requirement is open.
func (s Standing) Done() bool { return s.Core.done() && s.Hardened.done() }

// Standing sums up the last run of a loaded exercise.
func (s *State) Standing(e *catalog.Exercise) Standing {
	last := s.Of(e)
	st := Standing{Tested: last.Ran(), Elsewhere: true}
	failed := false
	for _, q := range e.Requirements {
		t := &st.Core
		if q.Tier == catalog.Hardened {
			t = &st.Hardened
		}
		t.All++
		st.Elsewhere = st.Elsewhere && q.Elsewhere
		status := last.Status(q)
		switch status {
		case judge.StatusSkipped:
			t.Skipped++
			continue
		case judge.StatusPassed:
			t.Passed++
			continue
		}
		if isRed := status == judge.StatusFailed; st.FirstRed == "" || isRed && !failed {
			st.FirstRed, failed = q.ID, isRed
		}
	}
	return st
}

// Status is the outcome of a requirement in the last run.
func (last Saved) Status(q catalog.Requirement) judge.Status {
	if q.Elsewhere {
		return judge.StatusSkipped
	}
	if status, ok := last.Requirements[q.ID]; ok {
		return status
	}
	return judge.StatusNotReached
}

// Unfinished returns the exercise to continue with: the first whose core is not
// done, else the first whose hardened tier is not, else nil.
func (s *State) Unfinished(c *catalog.Catalog) (*catalog.Exercise, error) {
	var hardened *catalog.Exercise
	for _, e := range c.Exercises {
		if err := e.Load(); err != nil {
			return nil, err
		}
		st := s.Standing(e)
		if !st.CoreDone() {
			return e, nil
		}
		if hardened == nil && !st.Done() {
			hardened = e
		}
	}
	return hardened, nil
}

// After returns the exercise to continue with after e: the next one whose core
// is not done, else an earlier one; when every other core is done, the same for
// the hardened tier. It is nil if there is none.
func (s *State) After(c *catalog.Catalog, e *catalog.Exercise) *catalog.Exercise {
	at, _ := slices.BinarySearchFunc(c.Exercises, e.Number, func(other *catalog.Exercise, number int) int {
		return cmp.Compare(other.Number, number)
	})
	others := slices.Concat(c.Exercises[at:], c.Exercises[:at])
	for _, done := range []func(Standing) bool{Standing.CoreDone, Standing.Done} {
		for _, other := range others {
			if other.Number != e.Number && other.Load() == nil && !done(s.Standing(other)) {
				return other
			}
		}
	}
	return nil
}
