// Package verdict puts a book into the words of its reports: what became of a
// student, a unit and a requirement, the same in every format.
//
// Names and output of a submission may hold anything. All text that this package
// returns is printable, valid UTF-8 and of limited length; only the fields Text
// and Output have more than one line. A format still has to quote what is special
// to it.
package verdict

import (
	"fmt"

	"socketkata/harness/grade/book"
)

// A Detail says how much of a failure a report shows.
type Detail string

// The details.
const (
	Full            Detail = "full"        // the failure as the learner would see it
	GotWant         Detail = "got-want"    // got and want alone
	RequirementOnly Detail = "requirement" // the requirement alone
)

// ParseDetail returns the detail of that name. An empty one means Full.
func ParseDetail(name string) (Detail, error) {
	switch d := Detail(name); d {
	case "":
		return Full, nil
	case Full, GotWant, RequirementOnly:
		return d, nil
	}
	return "", fmt.Errorf("how much of a failure to show is %s, %s or %s, not %q", Full, GotWant, RequirementOnly, name)
}

// A Status is what became of a requirement, or of a unit as a whole.
type Status string

// The statuses.
const (
	Passed      Status = "passed" // of a unit: every core requirement passed
	Failed      Status = "failed"
	Skipped     Status = "skipped"      // it could not be judged on this machine
	NotJudged   Status = "not judged"   // there was nothing to run, or the run ended before
	GraderFault Status = "grader fault" // nothing is said about the student
)

// A Student is one row of a report.
type Student struct {
	Name    string
	File    string // base name for files about the student: ASCII, and no other student's
	Source  string
	Older   []string
	Notices []string
	Units   []Unit
	Points  float64
	Max     float64
	Fault   bool // the grader failed in a unit, so Points are not the student's yet
}

// A Unit is what a report says about one exercise of a student.
type Unit struct {
	Exercise, Title string
	State           book.State
	Status          Status
	Says            string // one sentence
	Output          string // of the compiler
	Late            bool
	Points, Max     float64
	Core, Hardened  Count
	Checks          []Check
	Catch           string // one sentence about the student's own tests, or ""
}

// A Count is how many of some requirements passed.
type Count struct{ Passed, Of int }

// A Check is what a report says about one requirement.
type Check struct {
	ID, Sentence string
	Core         bool
	Status       Status
	Note         string // why it was skipped or not judged; or the tier that judged it
	Text         string // the failure, as far as the detail allows
	Points, Max  float64
}

// Class returns all rows of a book.
func Class(b *book.Book, d Detail) []Student {
	files := newFiles(len(b.Students))
	var all []Student
	for _, s := range b.Students {
		row := Student{Name: name(s.Name), Source: line(s.Source), Older: lines(s.Older), Notices: lines(s.Notices)}
		row.File = files.name(s.Name)
		for i, e := range b.Exercises {
			u := newUnit(e, unit(s, i, e), d)
			row.Points = book.Round(row.Points + u.Points)
			row.Max = book.Round(row.Max + u.Max)
			row.Fault = row.Fault || u.Status == GraderFault
			row.Units = append(row.Units, u)
		}
		all = append(all, row)
	}
	return all
}

// unit returns the student's unit for the exercise in column i. A book that
// lacks it says nothing about the student.
func unit(s book.Student, i int, e book.Exercise) book.Unit {
	if i < len(s.Units) && s.Units[i].Exercise == e.Name {
		return s.Units[i]
	}
	return book.Unit{Exercise: e.Name, State: book.InfraError, Why: "the book has no entry for this exercise"}
}

func newUnit(e book.Exercise, u book.Unit, d Detail) Unit {
	v := Unit{Exercise: line(e.Name), Title: line(e.Title), State: u.State, Late: u.Late, Points: u.Points, Max: e.Max,
		Output: text(u.Output), Catch: catchSays(u.Catch)}
	for _, q := range e.Requirements {
		c := newCheck(q, u, d)
		count := &v.Hardened
		if q.Core {
			count = &v.Core
		}
		count.Of++
		if c.Status == Passed {
			count.Passed++
		}
		v.Checks = append(v.Checks, c)
	}
	v.Status, v.Says = v.whole(u)
	return v
}

// whole says what became of the unit as a whole.
func (v Unit) whole(u book.Unit) (Status, string) {
	counts := fmt.Sprintf("%d of %d core", v.Core.Passed, v.Core.Of)
	if v.Hardened.Of > 0 {
		counts += fmt.Sprintf(" and %d of %d hardened", v.Hardened.Passed, v.Hardened.Of)
	}
	counts += " requirements passed"
	switch u.State {
	case book.Graded:
		if u.Complete {
			return Passed, "complete: " + counts
		}
		return Failed, "incomplete: " + counts
	case book.NotSubmitted:
		return NotJudged, because("not submitted", u.Why)
	case book.NotCompiled:
		return Failed, because("does not compile", u.Why)
	case book.Refused:
		return Failed, because("refused", u.Why)
	case book.Tampered:
		return Failed, because("tampered", u.Why) + "; " + counts
	}
	return GraderFault, because("the grader failed, so this says nothing about the student", u.Why)
}

func because(what, why string) string {
	if why = line(why); why != "" {
		return what + ": " + why
	}
	return what
}
