// Package grade grades a class: it takes the submissions in, has each unit (a
// student's answer to an exercise) judged, counts points and writes the book.
//
// The parts: intake reads the submissions, plan says what is to be judged and
// divides it, unit judges an answer and is where all trust is made, points
// counts, book is the outcome as data, from which every report is written.
package grade

import (
	"context"
	"fmt"
	"path/filepath"

	"socketkata/harness/catalog"
	"socketkata/harness/grade/book"
	"socketkata/harness/grade/plan"
	"socketkata/harness/grade/points"
	"socketkata/harness/grade/unit"
	"socketkata/harness/terminal"
)

// The files in the folder of the reports. VerdictsFile is the book without its
// failures, see [book.Book.Verdicts]: two gradings of the same submissions write
// the same bytes.
const (
	BookFile     = "book.json"
	VerdictsFile = "verdicts.json"
)

// Options say what to grade and how.
type Options struct {
	In, Out   string // folders: of the submissions and of the reports
	Catalog   *catalog.Catalog
	Exercises []*catalog.Exercise // grade only these; all if empty
	Students  []string            // grade only these; all if empty
	Again     bool                // also what was graded before and has not changed
	Policy    book.Policy
	Unit      unit.Options
	Shard     plan.Shard
	Jobs      int // units at the same time
}

// Run grades. It writes o.Out/book.json and returns the book, or, for a shard,
// writes the shard's file and returns nil. Each unit is kept as soon as it is
// judged, so that a run that ends early continues the next time.
//
// The error is about the grader and never about a submission. If some units
// could not be judged, there is a book and a [*Fault].
func Run(ctx context.Context, screen *terminal.Screen, o Options) (*book.Book, error) {
	unlock, err := lock(o.Out, o.Shard)
	if err != nil {
		return nil, err
	}
	defer unlock()
	sel, err := o.choose()
	if err != nil {
		return nil, err
	}
	o.Unit.Root = o.Catalog.Root
	judge, err := unit.New(ctx, o.Unit)
	if err != nil {
		return nil, err
	}
	defer judge.Close()
	p, answers, err := prepare(screen, o, sel, judge.Sandbox())
	if err != nil {
		return nil, err
	}
	w := worker{o: o, judge: judge, store: plan.Open(o.Out), answers: answers, progress: newProgress(screen), exercises: map[string]*catalog.Exercise{}}
	for _, e := range o.Exercises {
		w.exercises[e.Name] = e
	}
	outcomes, err := w.work(ctx, p.Share(o.Shard))
	if err != nil {
		return nil, err
	}
	if !o.Shard.Whole() {
		return nil, writePart(o, p, outcomes)
	}
	b := p.Fill(outcomes, func(plan.Unit) string { return "it was not judged" })
	return b, Write(o.Out, b)
}

// Merge joins what the shards wrote to dir, and writes the book there. A part
// that is missing makes a [*Fault], and infra_error of its units.
func Merge(screen *terminal.Screen, dir string) (*book.Book, error) {
	b, missing, err := plan.Merge(dir)
	if err != nil {
		return nil, err
	}
	for _, m := range missing {
		screen.Warn("%s", m)
	}
	return b, Write(dir, b)
}

// Write counts the points of a book and writes it into a folder. Reports are
// written from it here.
func Write(dir string, b *book.Book) error {
	points.CountAll(b)
	if err := plan.WriteJSON(filepath.Join(dir, BookFile), b); err != nil {
		return err
	}
	if err := plan.WriteJSON(filepath.Join(dir, VerdictsFile), b.Verdicts()); err != nil {
		return err
	}
	var f Fault
	for _, s := range b.Students {
		for _, u := range s.Units {
			f.note(s.Name, u)
		}
	}
	return f.err()
}

// A Fault says that some units could not be judged. Nothing is said about those
// students, and the next run tries again.
type Fault struct {
	Units int
	First string // "ana, 05-echo: why"
}

func (f *Fault) Error() string {
	return fmt.Sprintf("%d of the units could not be judged, through no fault of the students; the first is %s", f.Units, f.First)
}

// note notes a unit that could not be judged.
func (f *Fault) note(student string, u book.Unit) {
	if u.State != book.InfraError {
		return
	}
	if f.Units++; f.Units == 1 {
		f.First = fmt.Sprintf("%s, %s: %s", student, u.Exercise, u.Why)
	}
}

// err is nil if there is no fault.
func (f *Fault) err() error {
	if f.Units == 0 {
		return nil
	}
	return f
}

// writePart writes the file of a shard.
func writePart(o Options, p *plan.Plan, outcomes map[[2]string]book.Unit) error {
	part := plan.Part{Shard: o.Shard, Plan: *p}
	var f Fault
	for _, u := range p.Share(o.Shard) {
		out := outcomes[u.ID()]
		part.Outcomes = append(part.Outcomes, plan.Judged{Student: u.Student, Unit: out})
		f.note(u.Student, out)
	}
	if err := plan.WriteJSON(filepath.Join(o.Out, o.Shard.File()), part); err != nil {
		return err
	}
	return f.err()
}

// FullMarks reports whether every student has every point.
func FullMarks(b *book.Book) bool {
	for _, s := range b.Students {
		for i, u := range s.Units {
			if u.State != book.Graded || u.Points < b.Exercises[i].Max {
				return false
			}
		}
	}
	return len(b.Students) > 0
}
