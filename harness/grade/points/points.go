// Package points turns results into points. It is a pure function of a policy,
// so a grading can be counted again without judging anything again.
package points

import (
	"socketkata/harness/catalog"
	"socketkata/harness/grade/book"
)

// Default is the policy of a course that says nothing: an exercise counts as a
// whole, and nothing is late.
func Default() book.Policy { return book.Policy{LateFactor: 1} }

// Exercise returns the exercise's column of the book.
func Exercise(p book.Policy, e *catalog.Exercise) book.Exercise {
	column := book.Exercise{Name: e.Name, Title: e.Title, Max: 1}
	if p.Points {
		column.Max = 0
	}
	for _, q := range e.Requirements {
		r := book.Requirement{ID: q.ID, Sentence: q.Sentence, Core: q.Tier == catalog.Core}
		if p.Points {
			r.Max = p.Hardened
			if r.Core {
				r.Max = p.Core
			}
			column.Max += r.Max
		}
		column.Requirements = append(column.Requirements, r)
	}
	column.Max = book.Round(column.Max)
	return column
}

// Count sets Complete and all points of a unit from its results. It expects
// Late to be set.
func Count(p book.Policy, e book.Exercise, u *book.Unit) {
	u.Complete, u.Points = complete(e, u), 0
	factor := 1.0
	if u.Late {
		factor = p.LateFactor
	}
	for i := range u.Results {
		r := &u.Results[i]
		r.Points = 0
		if r.Passed {
			r.Points = max(requirement(e, r.Requirement).Max, 0)
		}
		u.Points += r.Points
	}
	if !p.Points && u.Complete {
		u.Points = e.Max
	}
	u.Points = book.Round(u.Points * factor)
}

// complete reports whether every core requirement passed. One that could not be
// judged here counts for nobody, but something must have been judged.
func complete(e book.Exercise, u *book.Unit) bool {
	passed := 0
	for _, q := range e.Requirements {
		if !q.Core {
			continue
		}
		r := result(u, q.ID)
		switch {
		case r.Passed:
			passed++
		case r.Skipped == "":
			return false
		}
	}
	return passed > 0
}

func requirement(e book.Exercise, id string) book.Requirement {
	for _, q := range e.Requirements {
		if q.ID == id {
			return q
		}
	}
	return book.Requirement{}
}

// result is the zero value, which did not pass, if nothing was seen of the
// requirement.
func result(u *book.Unit, id string) book.Result {
	for _, r := range u.Results {
		if r.Requirement == id {
			return r
		}
	}
	return book.Result{}
}
