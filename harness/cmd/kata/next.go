package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

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

// next returns the exercise to go on with after a run, and how far the learner
// is with it. Those that break a convention are passed over; the error is
// about them.
func (k *kata) next(c *catalog.Catalog) (*catalog.Exercise, standing, error) {
	s, _ := k.loadState(c.Root)
	c, problems := catalog.Load(c.Root)
	if c == nil {
		return nil, standing{}, problems
	}
	next, err := unfinished(c, s)
	if next == nil {
		return nil, standing{}, errors.Join(problems, err)
	}
	return next, s.standing(next), problems
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
