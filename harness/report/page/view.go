package page

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"socketkata/harness/failure"
	"socketkata/harness/record"
	"socketkata/harness/report/look"
	"socketkata/harness/wire"
)

// A view is a page as the template shows it.
type view struct {
	Page
	Policy string
	Style  template.CSS
	Number string // "05"
	Slug   string // "echo"
	Counts string // "core 2/5 · hardened 0/6"
	Time   string
	Mark   string
	Parts  []part
}

// A part is a tier.
type part struct {
	Name, Counts string
	Requirements []requirement
}

type requirement struct {
	Requirement
	Mark    string // a sign beside the word of the status
	Word    string // the status, in one word or two
	Scripts []script
}

// A script is one requirement in one arena.
type script struct {
	Heading    string // "over real loopback sockets"
	Closed     bool   // it says nothing about the failure
	Status     Status
	Elapsed    string
	Failure    *failure.Failure
	Reason     string   // the step that failed, unless the rule itself says so
	Rows       []string // what the failure itself has of the wire, if the drawing does not do
	Drawing    *drawing
	Text       string // the conversation as the terminal draws it
	Figures    string
	Goroutines *goroutines
	Compared   *comparison
}

// newView sorts a page for the template.
func newView(p Page) view {
	css := look.Base + style
	v := view{Page: p, Policy: look.Policy(css, ""), Style: template.CSS(css), Time: p.When.Format("2 January 2006, 15:04")}
	v.Number, v.Slug, _ = strings.Cut(p.Name, "-")
	n := new(numbering)
	failed := false
	for _, tier := range p.Tiers {
		t := part{Name: tier.Name}
		passed := 0
		for _, q := range tier.Requirements {
			if q.Status == Passed {
				passed++
			}
			failed = failed || q.Status != Passed && q.Status != Skipped
			t.Requirements = append(t.Requirements, newRequirement(q, n))
		}
		t.Counts = fmt.Sprintf("%d/%d", passed, len(tier.Requirements))
		v.Parts = append(v.Parts, t)
		v.Counts += fmt.Sprintf(" · %s %s", t.Name, t.Counts)
	}
	v.Counts = strings.TrimPrefix(v.Counts, " · ")
	v.Mark = mark(Passed)
	if failed || len(p.Tiers) == 0 {
		v.Mark = mark(Failed)
	}
	return v
}

// mark is the sign beside the word of a status.
func mark(s Status) string {
	switch s {
	case Passed:
		return "✓"
	case Failed:
		return "✗"
	case Skipped:
		return "○"
	}
	return "·"
}

// A numbering gives the elements of a page their IDs.
type numbering int

func (n *numbering) next() int { *n++; return int(*n) }

func newRequirement(q Requirement, n *numbering) requirement {
	v := requirement{Requirement: q, Mark: mark(q.Status), Word: string(q.Status)}
	seen := map[string]bool{}
	for _, r := range q.Records {
		seen[r.Arena] = true
		if r.Failure == nil {
			r.Failure = failureIn(q.Failures, r.Arena)
		}
		v.Scripts = append(v.Scripts, newScript(r, q, n))
	}
	for _, f := range q.Failures {
		if !seen[f.Arena] { // the process died, or wrote nothing
			v.Scripts = append(v.Scripts, newScript(record.Record{Arena: f.Arena, Failure: &f}, q, n))
		}
	}
	for i := range v.Scripts {
		v.Scripts[i].Closed = q.Status == Failed && v.Scripts[i].Status != Failed
	}
	// What failed is what a reader came for.
	slices.SortStableFunc(v.Scripts, func(a, b script) int { return rank(a.Status) - rank(b.Status) })
	return v
}

func rank(s Status) int {
	if s == Failed {
		return 0
	}
	return 1
}

func failureIn(all []failure.Failure, arena string) *failure.Failure {
	for i := range all {
		if all[i].Arena == arena {
			return &all[i]
		}
	}
	return nil
}

func newScript(r record.Record, q Requirement, n *numbering) script {
	s := script{Heading: place(r.Arena), Status: Passed, Failure: r.Failure}
	switch {
	case r.Failure != nil || !r.Passed && r.Skipped == "":
		s.Status = Failed
	case r.Skipped != "":
		s.Status = Skipped
	}
	if r.Elapsed > 0 {
		s.Elapsed = clock(r.Elapsed)
	}
	if f := r.Failure; f != nil {
		if f.Reason != q.Sentence && f.Reason != q.ID+": "+q.Sentence {
			s.Reason = f.Reason
			if f.Step {
				s.Reason = "failed step: " + f.Reason
			}
		}
		if len(r.Events) == 0 || len(r.Conns) > laneLimit { // then they are of the conn in question alone
			s.Rows = f.Wire
		}
	}
	if len(r.Events) > 0 {
		s.Drawing = newDrawing(r, n)
		s.Text = strings.Join(wire.Draw(shorten(r.Events), labels(r)), "\n")
		s.Figures = figures(r.Figures)
	}
	s.Goroutines = newGoroutines(r, n)
	if i := slices.IndexFunc(q.Reference, func(ref record.Record) bool { return ref.Arena == r.Arena }); i >= 0 && s.Status == Failed {
		s.Compared = compare(r, q.Reference[i], n)
	}
	return s
}

// place says where a script was played.
func place(arena string) string {
	switch arena {
	case failure.Memory:
		return "in memory"
	case failure.Virtual:
		return "in virtual time"
	case failure.Loopback:
		return "over real loopback sockets"
	case "":
		return "the test as a whole"
	}
	return arena
}

// labels name the two sides, as the script's first conn does.
func labels(r record.Record) wire.Labels {
	if len(r.Conns) == 0 {
		return wire.Labels{Harness: "the test", Subject: "your code"}
	}
	return wire.Labels{Harness: r.Conns[0].Harness, Subject: r.Conns[0].Subject}
}

// figures are the sums in one line.
func figures(f record.Figures) string {
	if f == (record.Figures{Conns: f.Conns, Goroutines: f.Goroutines, Allocations: f.Allocations}) {
		return ""
	}
	s := fmt.Sprintf("%s to your code, %s from it in %s", wire.Count(f.ToSubject, "byte"), wire.Count(f.FromSubject, "byte"), wire.Count(f.Segments, "segment"))
	if f.Goroutines > 0 {
		s += fmt.Sprintf("; %s of yours at most", wire.Count(f.Goroutines, "goroutine"))
	}
	return s
}

// clock writes a time as short as it is worth.
func clock(d time.Duration) string {
	if d >= time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return wire.Clock(d)
}
