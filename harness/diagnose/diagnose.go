// Package diagnose finds the known mistake that a failed run looks like.
package diagnose

import (
	"slices"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
)

// Likely returns the known mistake of the exercise that the run looks like, nil
// if there is none, or if it looks like several that would be told in different
// words: a wrong guess is worse than none.
//
// The first requirement that fails must be that of the mistake, and its failure
// must fit the mistake's evidence. The failure of its first arena is the one a
// learner reads, so a mistake that fits another arena's comes second. Then the
// mistake that fails the same requirements is the best, unless the run ended at
// the first failure; and among several the one that states the most evidence.
func Likely(e *catalog.Exercise, r judge.Result) *catalog.Mistake {
	first := r.FirstFailure()
	if first == nil {
		return nil
	}
	like := slices.DeleteFunc(slices.Clone(e.Mistakes), func(m catalog.Mistake) bool {
		return len(m.Requirements) == 0 || m.Requirements[0] != first.ID || !looksLike(first, m)
	})
	like = best(like, func(m catalog.Mistake) float64 {
		if fits(first.Failures[0], m) {
			return 1
		}
		return 0
	})
	if !r.FailFast {
		failing := failing(r)
		like = best(like, func(m catalog.Mistake) float64 { return likeness(m.Requirements, failing) })
	}
	like = best(like, func(m catalog.Mistake) float64 { return float64(len(m.Shows)) })
	if len(like) == 0 || slices.ContainsFunc(like, func(m catalog.Mistake) bool { return m.Say != like[0].Say }) {
		return nil
	}
	return &like[0]
}

// looksLike reports whether the requirement failed as the mistake does in any of
// its arenas.
func looksLike(q *judge.RequirementResult, m catalog.Mistake) bool {
	for _, f := range q.Failures {
		if fits(f, m) {
			return true
		}
	}
	return false
}

func failing(r judge.Result) []string {
	var ids []string
	for _, q := range r.Requirements {
		if q.Status == judge.StatusFailed {
			ids = append(ids, q.ID)
		}
	}
	return ids
}

// best returns the mistakes with the highest score.
func best(all []catalog.Mistake, score func(catalog.Mistake) float64) []catalog.Mistake {
	highest := 0.0
	for _, m := range all {
		highest = max(highest, score(m))
	}
	return slices.DeleteFunc(all, func(m catalog.Mistake) bool { return score(m) < highest })
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
