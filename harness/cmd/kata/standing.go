package main

import (
	"fmt"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
)

// A standing is how far a learner is with an exercise.
type standing struct {
	core, hardened tally
	tested         bool
	elsewhere      bool   // nothing of it is built on this platform
	firstRed       string // ID of the first requirement that failed, or did not pass
}

type tally struct{ passed, skipped, all int }

func (t tally) done() bool     { return t.passed+t.skipped == t.all }
func (t tally) String() string { return fmt.Sprintf("%d/%d", t.passed, t.all) }

func (s standing) coreDone() bool { return s.core.done() }
func (s standing) done() bool     { return s.core.done() && s.hardened.done() }

// standing sums up the last run of a loaded exercise.
func (s *state) standing(e *catalog.Exercise) standing {
	last := s.of(e)
	st := standing{tested: last.ran(), elsewhere: true}
	failed := false
	for _, q := range e.Requirements {
		t := &st.core
		if q.Tier == catalog.Hardened {
			t = &st.hardened
		}
		t.all++
		st.elsewhere = st.elsewhere && q.Elsewhere
		status := last.status(q)
		switch status {
		case judge.StatusSkipped:
			t.skipped++
			continue
		case judge.StatusPassed:
			t.passed++
			continue
		}
		if isRed := status == judge.StatusFailed; st.firstRed == "" || isRed && !failed {
			st.firstRed, failed = q.ID, isRed
		}
	}
	return st
}

// status is the outcome of a requirement in that run, whatever number it had
// then.
func (last saved) status(q catalog.Requirement) judge.Status {
	if q.Elsewhere {
		return judge.StatusSkipped
	}
	hash := sentenceHash(q.Sentence)
	if result := last.Requirements[q.ID]; result.Sentence == hash {
		return result.Status
	}
	for _, result := range last.Requirements {
		if result.Sentence == hash {
			return result.Status
		}
	}
	return judge.StatusNotReached
}
