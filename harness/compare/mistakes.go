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

// showMistakes lists the known mistakes that the learner's code has not made:
// those that show only in requirements that it meets.
func (c *comparison) showMistakes() {
	avoided := map[string][]catalog.Mistake{} // by the first requirement
	var open []string                         // requirements that the others wait for
	left := 0
	for _, v := range c.e.Mistakes {
		missing := slices.DeleteFunc(slices.Clone(v.Requirements), func(id string) bool { return c.status[id] == judge.StatusPassed })
		if len(missing) > 0 {
			open = append(open, missing...)
			left++
			continue
		}
		avoided[v.Requirements[0]] = append(avoided[v.Requirements[0]], v)
	}
	c.Section("The mistakes you avoided")
	if all := len(c.e.Mistakes); left < all {
		c.Prose(fmt.Sprintf("%d of %s. Each would fail the requirement beside it. The diff below shows what the mistake changes in the reference.", all-left, wire.Count(all, "known mistake")))
		c.Printf("\n")
	}
	for _, q := range c.e.Requirements {
		for _, v := range avoided[q.ID] {
			c.Paragraph(fmt.Sprintf("  %-4s", q.ID), v.About, "")
			c.Paragraph("      ", "seen: "+v.Seen, terminal.Dim)
			c.showPatch(v)
		}
	}
	switch {
	case len(c.e.Mistakes) == 0:
		c.Printf("This exercise has no known mistakes yet.\n")
	case left == len(c.e.Mistakes):
		c.Printf("None can be ruled out yet.\n")
	case left > 0:
		c.Printf("\n")
		c.Prose(fmt.Sprintf("Mistakes that also show in %s are left out: your code does not pass there yet, or it cannot be tested here.", c.inOrder(open)))
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
