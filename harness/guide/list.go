package guide

import (
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"socketkata/harness/catalog"
	"socketkata/harness/progress"
	"socketkata/harness/terminal"
)

// List prints one line for each exercise, and what the stars mean.
func List(screen *terminal.Screen, c *catalog.Catalog, s *progress.State) {
	next, _ := s.Unfinished(c) // they are loaded
	part, width := "", 0
	for _, e := range c.Exercises {
		width = max(width, utf8.RuneCountInString(e.Title))
	}
	cores, done, all := 0, 0, 0
	for _, e := range c.Exercises {
		if e.Part != part {
			part = e.Part
			screen.Printf("\n%s\n", screen.Paint(terminal.Bold, part))
		}
		st, mark := s.Standing(e), " "
		if e == next {
			mark = "→"
		}
		screen.Printf("%s %s %-11s %-*s  %s\n", mark, e.EX(), e.Slug, width, e.Title, stars(screen, e, st))
		if st.Elsewhere {
			continue
		}
		all++
		cores += count(st.CoreDone())
		done += count(st.Done())
	}
	screen.Printf("\n☆ not yet · ★ core done: %d of %d · ★★ hardened done: %d of %[2]d", cores, all, done)
	if next == nil {
		screen.Printf("\n%s\n", AllDone)
		return
	}
	screen.Printf(" · → next\nmake test tests the next one; make test EX=%s names it.\n", next.EX())
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// stars says how far the learner is with one exercise: a star for the core,
// another one for the hardened part, and the counts if it is in progress.
func stars(screen *terminal.Screen, e *catalog.Exercise, s progress.Standing) string {
	switch {
	case s.Elsewhere:
		return screen.Paint(terminal.Dim, "–   for "+e.Platforms)
	case s.Done():
		return screen.Paint(terminal.Green, "★★")
	case s.CoreDone():
		return screen.Paint(terminal.Green, "★") + "   hardened " + s.Hardened.String()
	case s.Tested:
		return "☆   core " + s.Core.String()
	}
	return screen.Paint(terminal.Dim, "☆")
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

// ListJSON writes the list for programs.
func ListJSON(w io.Writer, c *catalog.Catalog, s *progress.State) error {
	list := []listed{}
	for _, e := range c.Exercises {
		list = append(list, listOne(e, s))
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	if err := out.Encode(list); err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	return nil
}

func listOne(e *catalog.Exercise, s *progress.State) listed {
	st := s.Standing(e)
	l := listed{Number: e.Number, Slug: e.Slug, Name: e.Name, Part: e.Part, Title: e.Title,
		Platforms: e.Platforms, Arenas: e.Arenas, Core: []listedRule{}, Hardened: []listedRule{},
		Wrong: len(e.Mistakes), Right: len(e.Right),
		State: listedState{Tested: st.Tested, Core: st.Core.Passed, Hardened: st.Hardened.Passed,
			CoreDone: st.Tested && st.CoreDone(), Done: st.Tested && st.Done()}}
	last := s.Of(e)
	if st.Tested {
		l.State.When = last.When.Format("2006-01-02T15:04:05Z07:00")
	}
	for _, q := range e.Requirements {
		rule := listedRule{ID: q.ID, Sentence: q.Sentence, Test: q.Test, Arenas: q.Arenas, Status: string(last.Status(q))}
		if q.Tier == catalog.Core {
			l.Core = append(l.Core, rule)
		} else {
			l.Hardened = append(l.Hardened, rule)
		}
	}
	return l
}
