package catalog

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const (
	hintsEach = 3  // nudge, idea, shape of the code
	hintWords = 60 // the longest hint
)

var (
	hintHeading = regexp.MustCompile(`^## (R[0-9]+(?:, R[0-9]+)*)$`)
	hintItem    = regexp.MustCompile(`^([0-9]+)\. +(\S.*)$`)
)

// A hintGroup is one heading of hints.md and the list below it.
type hintGroup struct {
	ids   []string
	items []string
	line  int
}

// readHints gives each requirement its hints from hints.md.
func (e *Exercise) readHints() []error {
	file := filepath.Join(e.Dir, "hints.md")
	text, err := os.ReadFile(file)
	if err != nil {
		return []error{e.problem(file, 0, "missing: write three hints for each requirement below a heading like \"## R1\" or \"## R2, R4\"")}
	}
	var problems []error
	add := e.adder(file, &problems)
	for _, g := range hintGroups(string(text), add) {
		if len(g.items) != hintsEach {
			add(g.line, "%d hints: write %d, a nudge, an idea and the shape of the code", len(g.items), hintsEach)
		}
		for i, item := range g.items {
			if n := len(strings.Fields(item)); n > hintWords {
				add(g.line, "hint %d has %d words: say it in %d", i+1, n, hintWords)
			}
		}
		for _, id := range g.ids {
			r := e.Requirement(id)
			switch {
			case r == nil:
				add(g.line, "%s is no requirement of this exercise: remove it from the heading", id)
			case r.Hints != nil:
				add(g.line, "%s has hints already: give each requirement one heading", id)
			default:
				r.Hints = g.items
			}
		}
	}
	for _, r := range e.Requirements {
		if r.Hints == nil && len(problems) == 0 {
			add(0, "%s has no hints: add \"## %s\" and three hints", r.ID, r.ID)
		}
	}
	return problems
}

// hintGroups splits the text of hints.md. An item goes on until the next item
// or heading.
func hintGroups(text string, add adder) []hintGroup {
	var groups []hintGroup
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "## ") {
			m := hintHeading.FindStringSubmatch(line)
			if m == nil {
				add(i+1, "write the heading as \"## R1\" or \"## R2, R4\"")
				m = []string{"", ""}
			}
			groups = append(groups, hintGroup{line: i + 1, items: []string{}})
			if m[1] != "" {
				groups[len(groups)-1].ids = strings.Split(m[1], ", ")
			}
			continue
		}
		if len(groups) == 0 || line == "" {
			continue
		}
		g := &groups[len(groups)-1]
		if m := hintItem.FindStringSubmatch(line); m != nil {
			g.items = append(g.items, m[2])
		} else if n := len(g.items); n > 0 {
			g.items[n-1] += " " + line
		}
	}
	return groups
}
