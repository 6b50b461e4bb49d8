package main

import (
	"fmt"
	"slices"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
)

// showMistakes lists the known mistakes that the learner's code has not made:
// those that show only in requirements that it meets.
func (k *kata) showMistakes(c *comparison) {
	avoided := map[string][]catalog.Mistake{} // by the first requirement
	var open []string                         // requirements that the others wait for
	left := 0
	for _, v := range c.e.Mistakes {
		missing := slices.DeleteFunc(slices.Clone(v.Requirements), func(id string) bool { return c.held[id] == judge.StatusPassed })
		if len(missing) > 0 {
			open = append(open, missing...)
			left++
			continue
		}
		avoided[v.Requirements[0]] = append(avoided[v.Requirements[0]], v)
	}
	k.section("The mistakes you avoided")
	if all := len(c.e.Mistakes); left < all {
		k.prose(fmt.Sprintf("%d of %s. Each would fail the requirement beside it.", all-left, countOf(all, "known mistake")))
		k.printf("\n")
	}
	for _, q := range c.e.Requirements {
		for _, v := range avoided[q.ID] {
			k.paragraph(fmt.Sprintf("  %-4s", q.ID), v.About, "")
			k.paragraph("      ", "seen: "+v.Seen, dim)
		}
	}
	switch {
	case len(c.e.Mistakes) == 0:
		k.printf("No mistakes are known yet.\n")
	case left == len(c.e.Mistakes):
		k.printf("None is certain yet.\n")
	case left > 0:
		k.printf("\n")
		k.prose(fmt.Sprintf("Left out is what would also show in %s: your code does not meet that yet, or it cannot be tested here.", c.inOrder(open)))
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

// paragraph prints text behind a head, and below it.
func (k *kata) paragraph(head, text, color string) {
	for _, line := range wrap(text, 76-len(head)) {
		line = visible(line)
		if color != "" {
			line = k.paint(color, line)
		}
		k.printf("%s%s\n", head, line)
		head = strings.Repeat(" ", len(head))
	}
}
