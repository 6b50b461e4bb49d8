package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v3"

	"socketkata/harness/catalog"
)

const allDone = "Every requirement of every exercise holds: nothing is left to do."

// unfinished returns the exercise to go on with: the first whose core is not
// done, else the first whose hardened part is not, else nil.
func unfinished(c *catalog.Catalog, s *state) (*catalog.Exercise, error) {
	var hardened *catalog.Exercise
	for _, e := range c.Exercises {
		if err := e.Load(); err != nil {
			return nil, err
		}
		st := s.standing(e)
		if !st.coreDone() {
			return e, nil
		}
		if hardened == nil && !st.done() {
			hardened = e
		}
	}
	return hardened, nil
}

// next returns the exercise to go on with after e: the first behind it whose
// core is not done, else the first before it; when every other core is done,
// the same for the hardened parts. It is nil if there is none.
func (k *kata) next(c *catalog.Catalog, e *catalog.Exercise) *catalog.Exercise {
	s, _ := k.loadState(c.Root)
	at, _ := slices.BinarySearchFunc(c.Exercises, e.Number, func(other *catalog.Exercise, number int) int {
		return cmp.Compare(other.Number, number)
	})
	others := slices.Concat(c.Exercises[at:], c.Exercises[:at])
	for _, done := range []func(standing) bool{standing.coreDone, standing.done} {
		for _, other := range others {
			if other.Number != e.Number && other.Load() == nil && !done(s.standing(other)) {
				return other
			}
		}
	}
	return nil
}

// showNext says which exercise is next, and why.
func (k *kata) showNext(context.Context, *cli.Command) error {
	c, err := k.open()
	if err != nil {
		return err
	}
	s, _ := k.loadState(c.Root)
	e, err := unfinished(c, s)
	if err != nil {
		return err
	}
	if e == nil {
		k.printf("%s\n", allDone)
		return nil
	}
	k.printf("%s\n\n", k.heading(e, e.Title))
	k.item("why", whyNext(e, s.standing(e), e == c.Exercises[0]))
	k.item("read", k.here(filepath.Join(e.Dir, "README.md")))
	k.item("edit", k.here(filepath.Join(e.Dir, e.Slug+".go")))
	k.item("run", "make test")
	return nil
}

func whyNext(e *catalog.Exercise, s standing, first bool) string {
	red := ""
	if q := e.Requirement(s.firstRed); q != nil {
		red = fmt.Sprintf("; the first requirement that is not green is %s: %s", q.ID, q.Sentence)
	}
	switch {
	case s.coreDone():
		return fmt.Sprintf("every core is done, and of its hardened part %s%s", s.hardened, red)
	case s.tested:
		return fmt.Sprintf("you are at work on it: core %s%s", s.core, red)
	case first:
		return "this is where the ladder begins"
	}
	return "the core of every exercise before it is done"
}

// item prints one word and what it stands for, below a heading.
func (k *kata) item(word, text string) {
	for _, line := range wrap(text, 68) {
		k.printf("  %-7s %s\n", word, visible(line))
		word = ""
	}
}
