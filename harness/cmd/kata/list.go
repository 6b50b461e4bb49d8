package main

import (
	"context"
	"encoding/json"
	"fmt"
	"unicode/utf8"

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
	k.ladder(c, s)
	return problems
}

// ladder prints one line for each exercise, and what the stars mean.
func (k *kata) ladder(c *catalog.Catalog, s *state) {
	next, _ := unfinished(c, s) // they are loaded
	part, width := "", 0
	for _, e := range c.Exercises {
		width = max(width, utf8.RuneCountInString(e.Title))
	}
	cores, done, all := 0, 0, 0
	for _, e := range c.Exercises {
		if e.Part != part {
			part = e.Part
			k.printf("\n%s\n", k.paint(bold, part))
		}
		st, mark := s.standing(e), " "
		if e == next {
			mark = "→"
		}
		k.printf("%s %s %-11s %-*s  %s\n", mark, number(e), e.Slug, width, e.Title, k.stars(e, st))
		if st.elsewhere {
			continue
		}
		all++
		cores += count(st.coreDone())
		done += count(st.done())
	}
	k.printf("\n☆ not yet · ★ core done: %d of %d · ★★ hardened, too: %d of %[2]d", cores, all, done)
	if next == nil {
		k.printf("\n%s\n", allDone)
		return
	}
	k.printf(" · → next\nmake test goes on with the next, make test EX=%s with that one.\n", number(next))
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// stars says how far the learner is with one exercise: a star for the core,
// another one for the hardened part, and the counts of what is under way.
func (k *kata) stars(e *catalog.Exercise, s standing) string {
	switch {
	case s.elsewhere:
		return k.paint(dim, "–   for "+e.Platforms)
	case s.done():
		return k.paint(green, "★★")
	case s.coreDone():
		return k.paint(green, "★") + "   hardened " + s.hardened.String()
	case s.tested:
		return "☆   core " + s.core.String()
	}
	return k.paint(dim, "☆")
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
	out := json.NewEncoder(k.stdout)
	out.SetIndent("", "  ")
	if err := out.Encode(list); err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	return nil
}

func listOne(e *catalog.Exercise, s *state) listed {
	st := s.standing(e)
	l := listed{Number: e.Number, Slug: e.Slug, Name: e.Name, Part: e.Part, Title: e.Title,
		Platforms: e.Platforms, Arenas: e.Arenas, Core: []listedRule{}, Hardened: []listedRule{},
		Wrong: len(e.Mistakes), Right: len(e.Right),
		State: listedState{Tested: st.tested, Core: st.core.passed, Hardened: st.hardened.passed,
			CoreDone: st.tested && st.coreDone(), Done: st.tested && st.done()}}
	last := s.of(e)
	if st.tested {
		l.State.When = last.When.Format("2006-01-02T15:04:05Z07:00")
	}
	for _, q := range e.Requirements {
		rule := listedRule{ID: q.ID, Sentence: q.Sentence, Test: q.Test, Arenas: q.Arenas, Status: string(last.status(q))}
		if q.Tier == catalog.Core {
			l.Core = append(l.Core, rule)
		} else {
			l.Hardened = append(l.Hardened, rule)
		}
	}
	return l
}
