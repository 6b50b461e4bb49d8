package verdict

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"socketkata/harness/grade/book"
)

// newCheck says what became of one requirement of a unit.
func newCheck(q book.Requirement, u book.Unit, d Detail) Check {
	c := Check{ID: line(q.ID), Sentence: line(q.Sentence), Core: q.Core, Max: q.Max, Status: NotJudged}
	i := slices.IndexFunc(u.Results, func(r book.Result) bool { return r.Requirement == q.ID })
	switch {
	case u.State == book.InfraError:
		c.Status, c.Note = GraderFault, "the grader failed"
	case u.State != book.Graded && u.State != book.Tampered:
		c.Note = line(string(u.State))
	case i < 0:
		c.Note = "the run ended before it"
		if u.State == book.Tampered {
			c.Note = "what the code did in process does not count"
		}
	default:
		c.judged(u.Results[i], d)
	}
	return c
}

// judged fills in what was seen.
func (c *Check) judged(r book.Result, d Detail) {
	c.Points = r.Points
	switch {
	case r.Passed:
		c.Status, c.Note = Passed, judgedIn(r.Tier)
	case r.Skipped != "":
		c.Status, c.Note = Skipped, line(r.Skipped)
	default:
		c.Status, c.Note, c.Text = Failed, judgedIn(r.Tier), shown(r, d)
		if r.TimedOut {
			c.Note = "timed out, " + c.Note
		}
	}
}

func judgedIn(t book.Tier) string {
	if t == "" {
		return "judged"
	}
	return "judged " + line(string(t))
}

// shown is the failure with as much as the detail allows.
func shown(r book.Result, d Detail) string {
	switch d {
	case RequirementOnly:
		return ""
	case GotWant:
		var b strings.Builder
		for _, l := range []struct{ head, text string }{{"got   ", r.Got}, {"want  ", r.Want}} {
			if l.text != "" {
				fmt.Fprintf(&b, "%s%s\n", l.head, l.text)
			}
		}
		return text(b.String())
	}
	return text(r.Text)
}

// catchSays says in one sentence how the student's own tests did.
func catchSays(c *book.Catch) string {
	if c == nil {
		return ""
	}
	if c.Why != "" {
		return "The submitted tests did not run: " + line(c.Why)
	}
	s := fmt.Sprintf("The submitted tests catch %d of %d known mistakes", c.Caught, c.Of)
	var missed []string
	for _, id := range slices.Sorted(maps.Keys(c.Missed)) {
		missed = append(missed, fmt.Sprintf("%s (%d)", line(id), c.Missed[id]))
	}
	if len(missed) > 0 {
		s += "; missed: " + strings.Join(missed, ", ")
	}
	if len(c.Refused) > 0 {
		s += "; they fail right answers: " + strings.Join(lines(c.Refused), ", ")
	}
	return s + "."
}
