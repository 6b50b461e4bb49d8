package site

import (
	"strings"

	"socketkata/harness/grade/book"
	"socketkata/harness/grade/verdict"
)

// A student is what the template of a student's page shows.
type student struct {
	verdict.Student
	Units   []unit
	Scoring string
	Sandbox string
}

type unit struct {
	verdict.Unit
	ID       string // of the section
	Kind     string
	Mark     string
	Number   string
	Slug     string
	Parts    []part
	NoChecks bool // nothing ran, so the list of requirements says nothing
}

// A part is the core or the hardened requirements.
type part struct {
	Name   string
	Count  verdict.Count
	Checks []check
}

type check struct {
	verdict.Check
	Mark string
	Word string // for style
}

func newStudent(b *book.Book, s verdict.Student) student {
	v := student{Student: s, Scoring: scoring(b.Policy), Sandbox: b.Sandbox}
	for _, u := range s.Units {
		c := newCell(u)
		x := unit{Unit: u, ID: "e" + u.Exercise, Kind: c.Kind, Mark: c.Mark}
		x.Number, x.Slug, _ = strings.Cut(u.Exercise, "-")
		x.NoChecks = u.State != book.Graded && u.State != book.Tampered
		core, hardened := part{Name: "core", Count: u.Core}, part{Name: "hardened", Count: u.Hardened}
		for _, c := range u.Checks {
			p := &hardened
			if c.Core {
				p = &core
			}
			p.Checks = append(p.Checks, check{Check: c, Mark: marks[c.Status], Word: words[c.Status]})
		}
		for _, p := range []part{core, hardened} {
			if len(p.Checks) > 0 {
				x.Parts = append(x.Parts, p)
			}
		}
		v.Units = append(v.Units, x)
	}
	return v
}

// marks stand beside a status, words are its class.
var (
	marks = map[verdict.Status]string{verdict.Passed: "✓", verdict.Failed: "✗", verdict.Skipped: "○", verdict.NotJudged: "–", verdict.GraderFault: "?"}
	words = map[verdict.Status]string{verdict.Passed: "passed", verdict.Failed: "failed", verdict.Skipped: "skipped", verdict.NotJudged: "unreached", verdict.GraderFault: "unreached"}
)
