package grade

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/grade/book"
	"socketkata/harness/grade/plan"
)

// A selection is the part of a class that is to be graded. What is outside stays
// in the book as it is.
type selection struct {
	students  []string // all if empty
	exercises []string // all if empty
	before    *book.Book
}

// choose loads the exercises to plan: those that are named and, if there is a
// book that keeps the others, those of the book.
func (o *Options) choose() (selection, error) {
	sel := selection{students: o.Students, before: &book.Book{}}
	for _, e := range o.Exercises {
		sel.exercises = append(sel.exercises, e.Name)
	}
	if len(o.Exercises) == 0 {
		o.Exercises = o.Catalog.Exercises
	}
	if len(sel.exercises)+len(sel.students) > 0 && o.Shard.Whole() {
		if err := o.widen(&sel); err != nil {
			return sel, err
		}
	}
	for _, e := range o.Exercises {
		if err := e.Load(); err != nil {
			return sel, err
		}
	}
	return sel, nil
}

// widen reads the book of the run before, if there is one, and adds its
// exercises.
func (o *Options) widen(sel *selection) error {
	before, err := book.Read(filepath.Join(o.Out, BookFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if before.Policy != o.Policy {
		return fmt.Errorf("the book in %s was counted with another policy: give the same --policy, or grade the whole class again", o.Out)
	}
	sel.before = before
	named := o.Exercises
	if len(sel.exercises) == 0 {
		named = nil // the book decides
	}
	o.Exercises = nil
	for _, e := range o.Catalog.Exercises {
		if slices.Contains(named, e) || slices.ContainsFunc(before.Exercises, func(c book.Exercise) bool { return c.Name == e.Name }) {
			o.Exercises = append(o.Exercises, e)
		}
	}
	return nil
}

// apply takes out of a plan of the whole class what is not selected.
func (sel selection) apply(p *plan.Plan) error {
	for _, name := range sel.students {
		if !slices.ContainsFunc(p.Book.Students, func(s book.Student) bool { return s.Name == name }) {
			return fmt.Errorf("no submission is called %q; there are %s", name, sel.names(p))
		}
	}
	var rows []book.Student
	for _, s := range p.Book.Students {
		old := sel.row(s.Name)
		switch {
		case sel.has(s.Name):
			rows = append(rows, s)
		case old != nil:
			kept := *old
			kept.Units = nil
			rows = append(rows, kept)
		}
	}
	p.Book.Students = rows
	var units []plan.Unit
	for _, u := range p.Units {
		old := sel.row(u.Student)
		if !sel.has(u.Student) && old == nil {
			continue
		}
		units = append(units, sel.kept(u, old))
	}
	p.Units = units
	return nil
}

// kept is the unit of the book before, if the unit is not selected.
func (sel selection) kept(u plan.Unit, old *book.Student) plan.Unit {
	if old == nil || sel.has(u.Student) && (len(sel.exercises) == 0 || slices.Contains(sel.exercises, u.Exercise)) {
		return u
	}
	for _, was := range old.Units {
		if was.Exercise == u.Exercise {
			u.Known, u.Files, u.Late = &was, was.Files, was.Late
		}
	}
	return u
}

func (sel selection) has(student string) bool {
	return len(sel.students) == 0 || slices.Contains(sel.students, student)
}

func (sel selection) row(student string) *book.Student {
	for i := range sel.before.Students {
		if sel.before.Students[i].Name == student {
			return &sel.before.Students[i]
		}
	}
	return nil
}

// names lists the students, as far as a sentence can.
func (sel selection) names(p *plan.Plan) string {
	var names []string
	for _, s := range p.Book.Students {
		if names = append(names, strconv.Quote(s.Name)); len(names) == 10 && len(p.Book.Students) > 11 {
			names = append(names, fmt.Sprintf("%d more", len(p.Book.Students)-10))
			break
		}
	}
	return strings.Join(names, ", ")
}

// known reports whether there is an exercise of that name.
func known(c *catalog.Catalog) func(string) bool {
	return func(name string) bool {
		return slices.ContainsFunc(c.Exercises, func(e *catalog.Exercise) bool { return e.Name == name })
	}
}
