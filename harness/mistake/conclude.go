package mistake

import (
	"fmt"
	"slices"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/failure"
	"socketkata/harness/judge"
)

// Findings are what the runs say about a mistake.
type findings struct {
	requirements []string          // that fail in every run, in order
	symptoms     []failure.Symptom // of the first of them
	step         string            // the reason of that failure, "" if it differs from run to run
	arenas       []string          // where all of them are caught; nil: wherever they run
}

// conclude makes findings of the runs. It refuses a mistake that no requirement
// catches, or that one catches only sometimes.
func conclude(e *catalog.Exercise, results []judge.Result) (findings, error) {
	for _, r := range results {
		if r.Verdict == judge.HarnessBroken || r.Verdict == judge.NothingRan {
			return findings{}, fmt.Errorf("a run says nothing about the mistake: %s %s", r.Verdict, r.Why)
		}
	}
	count := failing(results)
	var f findings
	flaky := false
	for _, q := range e.Requirements {
		switch n := count[q.ID]; {
		case n == len(results):
			f.requirements = append(f.requirements, q.ID)
		case n > 0:
			flaky = true
		}
	}
	if flaky {
		return findings{}, fmt.Errorf("the runs differ: make the mistake fail every time, or the test catch it every time%s", differences(e, results))
	}
	if len(f.requirements) == 0 {
		return findings{}, fmt.Errorf("no requirement fails in %d runs: first give a test a step that catches the mistake", len(results))
	}
	f.symptoms = firstSymptoms(results)
	f.step = firstStep(results)
	var err error
	f.arenas, err = f.caughtIn(e, results)
	return f, err
}

// firstSymptoms returns what the first requirement that fails sees, over all
// runs.
func firstSymptoms(results []judge.Result) []failure.Symptom {
	var all []failure.Symptom
	for _, r := range results {
		first := r.FirstFailure()
		if first != nil && len(first.Failures) > 0 && !slices.Contains(all, first.Failures[0].Symptom) {
			all = append(all, first.Failures[0].Symptom)
		}
	}
	return all
}

// firstStep returns the reason of the first failure, "" if it is not the same in
// all runs.
func firstStep(results []judge.Result) string {
	step := ""
	for i, r := range results {
		first := r.FirstFailure()
		if first == nil || len(first.Failures) == 0 || i > 0 && first.Failures[0].Reason != step {
			return ""
		}
		step = first.Failures[0].Reason
	}
	return step
}

// caughtIn returns the arenas in which every requirement that runs there
// catches the mistake in every run; nil if those are all arenas.
func (f findings) caughtIn(e *catalog.Exercise, results []judge.Result) ([]string, error) {
	var all, caught []string
	missed := map[string]bool{}
	for _, id := range f.requirements {
		for _, arena := range e.Requirement(id).Arenas {
			if !slices.Contains(all, arena) {
				all = append(all, arena)
			}
			for _, r := range results {
				missed[arena] = missed[arena] || !caughtBy(r, id, arena)
			}
		}
	}
	for _, arena := range all {
		if !missed[arena] {
			caught = append(caught, arena)
		}
	}
	switch len(caught) {
	case 0:
		return nil, fmt.Errorf("no arena catches the mistake every time: make it fail there, or the test catch it%s", differences(e, results))
	case len(all):
		return nil, nil
	}
	return caught, nil
}

// caughtBy reports whether the requirement failed in the arena. One whose test
// ended the process says nothing about arenas, and counts as caught.
func caughtBy(r judge.Result, id, arena string) bool {
	for _, q := range r.Requirements {
		if q.ID != id {
			continue
		}
		return slices.ContainsFunc(q.Failures, func(f failure.Failure) bool {
			return f.Arena == arena || slices.Contains(ends, f.Symptom)
		})
	}
	return false
}

// ends are the symptoms of a test that takes its process with it.
var ends = []failure.Symptom{failure.Exit, failure.Panic, failure.Race, failure.Spin, failure.NeverReturned}

// caughtBy writes "R2 (missing tail | early EOF), R4".
func (f findings) caughtBy() string {
	var symptoms []string
	for _, s := range f.symptoms {
		symptoms = append(symptoms, string(s))
	}
	items := slices.Clone(f.requirements)
	items[0] += " (" + strings.Join(symptoms, " | ") + ")"
	return strings.Join(items, ", ")
}

// header is the header of the patch, with what a person has to write.
func (f findings) header() []string {
	lines := []string{
		catalog.Unwritten + ": what the code does wrong, in one sentence.",
		"",
		"Seen: " + catalog.Unwritten,
		"Caught by: " + f.caughtBy(),
	}
	if len(f.arenas) > 0 {
		lines = append(lines, "Arenas: "+strings.Join(f.arenas, ", "))
	}
	if f.step != "" {
		lines = append(lines, "Shows: "+f.step)
	}
	return append(lines, "Say: "+catalog.Unwritten)
}

// similar returns the mistakes that a learner's failure may be taken for.
func (f findings) similar(e *catalog.Exercise) []string {
	var names []string
	for _, m := range e.Mistakes {
		if m.Requirements[0] == f.requirements[0] && slices.ContainsFunc(m.Symptoms, func(s failure.Symptom) bool {
			return slices.Contains(f.symptoms, s)
		}) {
			names = append(names, m.Name)
		}
	}
	return names
}
