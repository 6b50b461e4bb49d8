package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/urfave/cli/v3"

	"socketkata/harness/catalog"
)

func (k *kata) list(_ context.Context, cmd *cli.Command) error {
	c, err := k.open()
	if err != nil {
		return err
	}
	s, _ := k.loadState(c.Root)
	c, problems := catalog.Load(c.Root)
	if c == nil {
		return problems
	}
	if cmd.Bool("json") {
		if err := k.listJSON(c, s); err != nil {
			return err
		}
		return problems
	}
	part := ""
	for _, e := range c.Exercises {
		if e.Part != part {
			part = e.Part
			k.printf("\n%s\n", k.paint(bold, part))
		}
		k.printf("  %s  %-12s %-44s %s\n", number(e), e.Slug, e.Title, k.progress(s.standing(e)))
	}
	k.printf("\nmake test EX=%s begins an exercise, make test alone goes on with the next.\n", "05")
	return problems
}

// progress says how far the learner is with one exercise.
func (k *kata) progress(s standing) string {
	switch {
	case s.done() && s.tested:
		return k.paint(green, "done")
	case !s.tested:
		return k.paint(dim, "not started")
	}
	return counts(s.core, s.hardened)
}

// A listed exercise is one element of what list -json writes.
type listed struct {
	Number    int          `json:"number"`
	Slug      string       `json:"slug"`
	Name      string       `json:"name"`
	Part      string       `json:"part"`
	Title     string       `json:"title"`
	Platforms string       `json:"platforms"`
	Arenas    []string     `json:"arenas"`
	Core      []listedRule `json:"core"`
	Hardened  []listedRule `json:"hardened"`
	Wrong     int          `json:"wrong"` // number of known mistakes
	Right     int          `json:"right"` // number of other good answers
	State     listedState  `json:"state"`
}

type listedRule struct {
	ID       string   `json:"id"`
	Sentence string   `json:"sentence"`
	Test     string   `json:"test"`
	Arenas   []string `json:"arenas"`
	Status   string   `json:"status"` // of the last run; "not reached" if there was none
}

type listedState struct {
	Tested   bool   `json:"tested"`
	Core     int    `json:"core"` // passed
	Hardened int    `json:"hardened"`
	CoreDone bool   `json:"coreDone"`
	Done     bool   `json:"done"`
	When     string `json:"when,omitempty"` // of the last run, RFC 3339
}

func (k *kata) listJSON(c *catalog.Catalog, s *state) error {
	list := []listed{}
	for _, e := range c.Exercises {
		list = append(list, listOne(e, s))
	}
	text, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	k.printf("%s\n", text)
	return nil
}

func listOne(e *catalog.Exercise, s *state) listed {
	st := s.standing(e)
	l := listed{Number: e.Number, Slug: e.Slug, Name: e.Name, Part: e.Part, Title: e.Title,
		Platforms: e.Platforms, Arenas: e.Arenas, Core: []listedRule{}, Hardened: []listedRule{},
		Wrong: len(e.Wrong), Right: len(e.Right),
		State: listedState{Tested: st.tested, Core: st.core.passed, Hardened: st.hardened.passed,
			CoreDone: st.tested && st.coreDone(), Done: st.tested && st.done()}}
	if last, ok := s.Exercises[e.Name]; ok {
		l.State.When = last.When.Format("2006-01-02T15:04:05Z07:00")
	}
	for _, q := range e.Requirements {
		rule := listedRule{ID: q.ID, Sentence: q.Sentence, Test: q.Test, Arenas: q.Arenas, Status: string(s.Exercises[e.Name].status(q))}
		if q.Tier == catalog.Core {
			l.Core = append(l.Core, rule)
		} else {
			l.Hardened = append(l.Hardened, rule)
		}
	}
	return l
}
