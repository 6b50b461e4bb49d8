package compare

import (
	"fmt"
	"slices"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/terminal"
	"socketkata/harness/wire"
)

// showMistakes lists the known mistakes that the learner's code does not make:
// those that show only in requirements that it meets. Those that an earlier run
// looked like come first; the others are shown on demand.
func (c *comparison) showMistakes() {
	var met, avoided []catalog.Mistake
	var open []string // requirements that the others wait for
	for _, q := range c.e.Requirements {
		for _, m := range c.e.Mistakes {
			switch missing := c.missing(m); {
			case m.Requirements[0] != q.ID:
			case len(missing) > 0:
				open = append(open, missing...)
			case slices.Contains(c.met, m.Name):
				met = append(met, m)
			default:
				avoided = append(avoided, m)
			}
		}
	}
	c.Section("Known mistakes")
	if len(met) > 0 {
		c.Prose("Your earlier runs looked like these. The diff shows what each changes in the reference.")
		c.Printf("\n")
		c.list(met)
	}
	c.showAvoided(avoided, len(met) > 0)
	switch {
	case len(c.e.Mistakes) == 0:
		c.Printf("This exercise has no known mistakes yet.\n")
	case len(met)+len(avoided) == 0:
		c.Printf("None can be ruled out yet.\n")
	case len(open) > 0:
		c.Printf("\n")
		c.Prose(fmt.Sprintf("Mistakes that also show in %s are left out: your code does not pass there yet, or it cannot be tested here.", c.inOrder(open)))
	}
}

// showAvoided lists the mistakes that no run looked like, or only counts them.
func (c *comparison) showAvoided(avoided []catalog.Mistake, others bool) {
	if len(avoided) == 0 {
		return
	}
	what := "You avoided " + wire.Count(len(avoided), "known mistake")
	if others {
		what = "You avoided " + wire.Count(len(avoided), "other known mistake")
	}
	if !c.all {
		c.Prose(fmt.Sprintf("%s: make compare EX=%s ALL=1 shows them.", what, c.e.EX()))
		return
	}
	c.Prose(what + ". Each would fail the requirement beside it. The diff shows what the mistake changes in the reference.")
	c.Printf("\n")
	c.list(avoided)
}

// missing returns the requirements of a mistake that the code does not meet.
func (c *comparison) missing(m catalog.Mistake) []string {
	return slices.DeleteFunc(slices.Clone(m.Requirements), func(id string) bool { return c.status[id] == judge.StatusPassed })
}

func (c *comparison) list(mistakes []catalog.Mistake) {
	for _, m := range mistakes {
		c.Paragraph(fmt.Sprintf("  %-4s", m.Requirements[0]), m.About, "")
		c.Paragraph("      ", "seen: "+m.Seen, terminal.Dim)
		c.showPatch(m)
	}
}

// showPatch shows what the mistake changes in the reference.
func (c *comparison) showPatch(m catalog.Mistake) {
	for line := range strings.Lines(m.Diff) {
		c.Printf("      %s\n", paintDiff(c.Screen, terminal.Visible(strings.TrimRight(line, "\r\n"))))
	}
	if m.Diff != "" {
		c.Printf("\n")
	}
}

// inOrder names requirements, each once.
func (c *comparison) inOrder(ids []string) string {
	var names []string
	for _, q := range c.e.Requirements {
		if slices.Contains(ids, q.ID) {
			names = append(names, q.ID)
		}
	}
	return strings.Join(names, ", ")
}
