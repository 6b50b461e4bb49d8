package site

import (
	"fmt"
	"slices"
	"strings"

	"socketkata/harness/grade/book"
	"socketkata/harness/grade/verdict"
)

// A matrix is what its template shows.
type matrix struct {
	Students  []row
	Exercises []column
	Hardest   []requirement
	More      []requirement // those after the hardest
	Complete  int           // units
	Units     int
	Faults    int // units of which the grader says nothing
	Max       float64
	Scoring   string
	Sandbox   string
}

// A column is an exercise.
type column struct {
	Number, Slug, Title string
	Complete            int // students
}

// A requirement is one of the hardest.
type requirement struct {
	Key            int // for the filter
	Exercise, ID   string
	Sentence       string
	Failed, Judged int
	Percent        int
}

// A row is a student.
type row struct {
	verdict.Student
	Page  string
	Cells []cell
	Kinds string // words for the filter
	Keys  string // " 3 17 ": the requirements that failed
}

// A cell is a unit in the matrix.
type cell struct {
	Kind  string // a word for style and filter
	Mark  string
	Text  string
	Says  string // to a screen reader, and as a tip
	Order float64
	Late  bool
}

// hardestLimit is how many requirements are shown at once.
const hardestLimit = 5

func newMatrix(b *book.Book, all []verdict.Student) matrix {
	m := matrix{Scoring: scoring(b.Policy), Sandbox: b.Sandbox}
	for _, e := range b.Exercises {
		number, slug, _ := strings.Cut(e.Name, "-")
		m.Exercises = append(m.Exercises, column{Number: number, Slug: slug, Title: e.Title})
		m.Max = book.Round(m.Max + e.Max)
	}
	hard := hardest(all)
	for _, s := range all {
		r := row{Student: s, Page: StudentFile(s), Keys: " "}
		kinds := map[string]bool{}
		for i, u := range s.Units {
			c := newCell(u)
			r.Cells = append(r.Cells, c)
			kinds[c.Kind] = true
			kinds["late"] = kinds["late"] || u.Late
			m.Units++
			switch u.Status {
			case verdict.Passed:
				m.Complete++
				m.Exercises[i].Complete++
			case verdict.GraderFault:
				m.Faults++
			}
			r.Keys += keys(u, hard)
		}
		r.Kinds = kindWords(kinds, len(s.Notices)+len(s.Older) > 0)
		m.Students = append(m.Students, r)
	}
	m.Hardest = hard
	if len(hard) > hardestLimit {
		m.Hardest, m.More = hard[:hardestLimit], hard[hardestLimit:]
	}
	return m
}

// kindWords are the words that the filter knows of a student.
func kindWords(kinds map[string]bool, notices bool) string {
	var words []string
	for k, is := range kinds {
		if is {
			words = append(words, k)
		}
	}
	if len(kinds) > 0 && !slices.ContainsFunc(words, func(k string) bool { return k != "complete" && k != "late" }) {
		words = append(words, "done")
	} else {
		words = append(words, "open")
	}
	if notices {
		words = append(words, "notices")
	}
	slices.Sort(words)
	return " " + strings.Join(words, " ") + " "
}

// newCell shows a unit. Order sorts a column: what is complete, then by how much
// passed, then what never ran.
func newCell(u verdict.Unit) cell {
	passed, of := u.Core.Passed+u.Hardened.Passed, u.Core.Of+u.Hardened.Of
	c := cell{Text: fmt.Sprintf("%d/%d", passed, of), Says: u.Says, Order: float64(passed) / float64(max(of, 1)), Late: u.Late}
	switch u.State {
	case book.Graded:
		c.Kind, c.Mark = "incomplete", "✗"
		if u.Status == verdict.Passed {
			c.Kind, c.Mark = "complete", "✓"
			c.Order += 2
		}
	case book.NotSubmitted:
		c.Kind, c.Mark, c.Text, c.Order = "missing", "–", "none", -2
	case book.NotCompiled:
		c.Kind, c.Mark, c.Text, c.Order = "problem", "!", "build", -1
	case book.Refused:
		c.Kind, c.Mark, c.Text, c.Order = "problem", "!", "refused", -1
	case book.Tampered:
		c.Kind, c.Mark, c.Text, c.Order = "problem", "!", "tampered", -1
	default:
		c.Kind, c.Mark, c.Text, c.Order = "fault", "?", "fault", -3
	}
	return c
}

// hardest lists the requirements that somebody failed, those of most students
// first.
func hardest(all []verdict.Student) []requirement {
	var list []requirement
	at := map[string]int{}
	for _, s := range all {
		for _, u := range s.Units {
			for _, c := range u.Checks {
				id := u.Exercise + " " + c.ID
				if _, ok := at[id]; !ok {
					at[id] = len(list)
					list = append(list, requirement{Key: len(list), Exercise: u.Exercise, ID: c.ID, Sentence: c.Sentence})
				}
				q := &list[at[id]]
				switch c.Status {
				case verdict.Failed:
					q.Failed++
					q.Judged++
				case verdict.Passed:
					q.Judged++
				}
			}
		}
	}
	list = slices.DeleteFunc(list, func(q requirement) bool { return q.Failed == 0 })
	for i := range list {
		list[i].Percent = 100 * list[i].Failed / list[i].Judged
	}
	slices.SortStableFunc(list, func(a, b requirement) int { return b.Failed - a.Failed })
	return list
}

// keys lists the requirements of a unit that failed.
func keys(u verdict.Unit, hard []requirement) string {
	var b strings.Builder
	for _, c := range u.Checks {
		if c.Status != verdict.Failed {
			continue
		}
		i := slices.IndexFunc(hard, func(q requirement) bool { return q.Exercise == u.Exercise && q.ID == c.ID })
		fmt.Fprintf(&b, "%d ", hard[i].Key)
	}
	return b.String()
}
