// Package diagnose finds the known mistake that a failed run looks like.
package diagnose

import (
	"slices"
	"sort"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/failure"
	"socketkata/harness/judge"
)

// maxDiagnoses is how many known mistakes are worth a learner's time.
const maxDiagnoses = 2

// Likely returns the exercise's known mistakes that look like what the run
// saw, most likely first, at most two. The first requirement that fails and
// its symptom must be those of the mistake; then the mistake that fails
// exactly the same requirements comes first, and the one with more of them in
// common before one with less. After a fail-fast run only the first
// requirement and its failure are known; when more than two mistakes look like
// that, none is named: a wrong guess is worse than none.
func Likely(e *catalog.Exercise, r judge.Result) []catalog.Mistake {
	first := r.FirstFailure()
	if first == nil {
		return nil
	}
	var failing []string
	for _, q := range r.Requirements {
		if q.Status == judge.StatusFailed {
			failing = append(failing, q.ID)
		}
	}
	var like []catalog.Mistake
	for _, v := range e.Mistakes {
		if len(v.Requirements) > 0 && v.Requirements[0] == first.ID && shows(first, v) {
			like = append(like, v)
		}
	}
	switch {
	case r.FailFast && len(like) > maxDiagnoses:
		return nil
	case !r.FailFast:
		sort.SliceStable(like, func(i, j int) bool {
			return likeness(like[i].Requirements, failing) > likeness(like[j].Requirements, failing)
		})
	}
	return like[:min(len(like), maxDiagnoses)]
}

// shows reports whether the requirement failed with a symptom of the mistake,
// in an arena where the mistake is caught.
func shows(q *judge.RequirementResult, v catalog.Mistake) bool {
	return slices.ContainsFunc(q.Failures, func(f failure.Failure) bool {
		if len(v.Arenas) > 0 && f.Arena != "" && !slices.Contains(v.Arenas, f.Arena) {
			return false
		}
		return slices.Contains(v.Symptoms, f.Symptom) && !slices.ContainsFunc(v.Shows, func(words string) bool {
			return !strings.Contains(said(f), words)
		})
	})
}

// said is everything in a failure that a mistake can be told by.
func said(f failure.Failure) string {
	return strings.Join(append([]string{f.Reason, f.Got, f.Want, f.Mark}, f.Code...), "\n")
}

// likeness is 1 for the same requirements and the share in common otherwise.
func likeness(a, b []string) float64 {
	common := 0
	for _, id := range a {
		if slices.Contains(b, id) {
			common++
		}
	}
	all := len(a) + len(b) - common
	if all == 0 {
		return 0
	}
	return float64(common) / float64(all)
}
