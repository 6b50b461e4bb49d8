// Package grade grades a class: it takes the submissions in, has each unit (a
// student's answer to an exercise) judged, counts points and writes the book.
//
// The parts: intake reads the submissions, unit judges an answer and is where
// all trust is made, points counts, book is the outcome as data, from which
// every report is written.
package grade

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"socketkata/harness/catalog"
	"socketkata/harness/grade/book"
	"socketkata/harness/grade/intake"
	"socketkata/harness/grade/points"
	"socketkata/harness/grade/unit"
	"socketkata/harness/terminal"
)

// BookFile is the name of the book in the folder of the reports.
const BookFile = "book.json"

// Options say what to grade and how.
type Options struct {
	In, Out   string // folders: of the submissions and of the reports
	Exercises []*catalog.Exercise
	Known     func(exercise string) bool // also those that are not graded now
	Policy    book.Policy
	Unit      unit.Options
}

// Run grades and writes o.Out/book.json.
func Run(ctx context.Context, screen *terminal.Screen, o Options) (*book.Book, error) {
	judge, err := unit.New(ctx, o.Unit)
	if err != nil {
		return nil, err
	}
	b := &book.Book{Version: book.Version, Sandbox: judge.Sandbox(), Policy: o.Policy}
	for _, e := range o.Exercises {
		b.Exercises = append(b.Exercises, points.Exercise(o.Policy, e))
	}
	submissions, strangers, err := intake.Read(o.In, manifests(o.Exercises), o.Known)
	if err != nil {
		return nil, err
	}
	for _, s := range strangers {
		screen.Warn("%s is no submission: neither a folder nor a zip or tar archive", s)
	}
	for _, s := range submissions {
		row, err := student(ctx, judge, o, b.Exercises, s)
		if err != nil {
			return nil, err
		}
		screen.Printf("%s\n", terminal.Visible(s.Student))
		b.Students = append(b.Students, row)
	}
	return b, save(filepath.Join(o.Out, BookFile), b)
}

func student(ctx context.Context, judge *unit.Judge, o Options, columns []book.Exercise, s intake.Submission) (book.Student, error) {
	row := book.Student{Name: s.Student, Source: s.Source, Older: s.Older, Notices: s.Notices}
	for i, e := range o.Exercises {
		w, ok := s.Work[e.Name]
		u := settled(s, w, e.Name)
		if ok && u.State == "" {
			var err error
			u, err = judge.Judge(ctx, e, unit.Answer{Files: w.Files, Catch: w.Catch})
			if ctx.Err() != nil {
				return row, context.Cause(ctx)
			}
			if err != nil {
				u = book.Unit{Exercise: e.Name, State: book.InfraError, Why: err.Error()}
			}
			u.Late = late(o.Policy, w.Newest)
		}
		points.Count(o.Policy, columns[i], &u)
		row.Units = append(row.Units, u)
	}
	return row, nil
}

// settled is the unit of which nothing has to be judged. Its State is "" if
// something has.
func settled(s intake.Submission, w intake.Work, exercise string) book.Unit {
	u := book.Unit{Exercise: exercise}
	switch {
	case s.Fault != "":
		u.State, u.Why = book.InfraError, s.Fault
	case s.Refused != "":
		u.State, u.Why = book.Refused, s.Refused
	case w.Refused != "":
		u.State, u.Why = book.Refused, w.Refused
	case len(w.Files)+len(w.Catch) == 0:
		u.State = book.NotSubmitted
	}
	return u
}

// manifests says what makes an answer to each exercise.
func manifests(exercises []*catalog.Exercise) []intake.Exercise {
	var all []intake.Exercise
	for _, e := range exercises {
		files := e.Stub
		if len(files) == 0 { // there are no solutions in this copy
			files = e.LearnerFiles()
		}
		m := intake.Exercise{Name: e.Name}
		for _, f := range files {
			m.Files = append(m.Files, filepath.Base(f))
		}
		tests, _ := filepath.Glob(filepath.Join(e.Dir, "*_test.go")) // the pattern is right
		for _, f := range tests {
			m.Tests = append(m.Tests, filepath.Base(f))
		}
		all = append(all, m)
	}
	return all
}

func late(p book.Policy, newest time.Time) bool {
	deadline, err := time.Parse(time.RFC3339, p.Deadline)
	return err == nil && newest.After(deadline)
}

// save writes the book, or what was there before stays.
func save(file string, b *book.Book) error {
	text, err := b.Encode()
	if err != nil {
		return fmt.Errorf("write the book: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("write the book: %w", err)
	}
	if err := os.WriteFile(file+".new", text, 0o644); err != nil {
		return fmt.Errorf("write the book: %w", err)
	}
	return os.Rename(file+".new", file)
}
