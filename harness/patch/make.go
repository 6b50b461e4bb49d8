package patch

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// contextLines are enough to read a hunk. Only one whose old text would occur
// twice gets more.
const contextLines = 2

// ErrEqual means that there is nothing to make a patch of.
var ErrEqual = errors.New("the files are equal")

// Make returns the diff that turns the files before into those after: both
// have the same names, and every file ends in a newline. The error is
// [ErrEqual] if there is no difference.
func Make(before, after map[string]string) (string, error) {
	var diff strings.Builder
	for _, name := range slices.Sorted(maps.Keys(before)) {
		text, err := makeFile(name, before[name], after[name])
		if err != nil {
			return "", fmt.Errorf("compare %s: %w", name, err)
		}
		diff.WriteString(text)
	}
	if diff.Len() == 0 {
		return "", ErrEqual
	}
	return diff.String(), nil
}

// An edit replaces the lines [from, to) of the old file.
type edit struct {
	from, to int
	lines    []string
}

// A group is a hunk in the making: the lines [from, to) of the old file with
// the edits in them.
type group struct {
	from, to int
	edits    []edit
}

// makeFile returns the diff of one file.
func makeFile(name, before, after string) (string, error) {
	var groups []group
	for _, e := range udiff.Lines(before, after) {
		from, to := strings.Count(before[:e.Start], "\n"), strings.Count(before[:e.End], "\n")
		groups = append(groups, group{from, to, []edit{{from, to, splitLines(e.New)}}})
	}
	if len(groups) == 0 {
		return "", nil
	}
	old := splitLines(before)
	for i := range groups {
		groups[i].from = max(groups[i].from-contextLines, 0)
		groups[i].to = min(groups[i].to+contextLines, len(old))
	}
	groups = distinct(joined(groups), old)
	var text strings.Builder
	fmt.Fprintf(&text, "--- %s\n+++ %s\n", name, name)
	shift := 0
	for _, g := range groups {
		shift += g.write(&text, old, shift)
	}
	// What is written is what will be read: better an error now than then.
	p, err := Parse(text.String())
	if err != nil {
		return "", err
	}
	if got, err := p.Apply(map[string]string{name: before}); err != nil || got[name] != after {
		return "", errors.Join(errors.New("the diff does not lead from one file to the other"), err)
	}
	return text.String(), nil
}

func splitLines(text string) []string { return slices.Collect(strings.Lines(text)) }

// joined makes one group of those that touch each other.
func joined(groups []group) []group {
	all := groups[:1:1]
	for _, g := range groups[1:] {
		last := &all[len(all)-1]
		if g.from > last.to {
			all = append(all, g)
			continue
		}
		last.to = max(last.to, g.to)
		last.edits = append(last.edits, g.edits...)
	}
	return all
}

// distinct widens each group, upwards first, until its old text occurs once.
func distinct(groups []group, old []string) []group {
	text := strings.Join(old, "")
	for i := 0; i < len(groups); i++ {
		up := true
		for g := groups[i]; len(find(text, strings.Join(old[g.from:g.to], ""))) > 1; g = groups[i] {
			if up && g.from > 0 || g.to == len(old) {
				groups[i].from--
			} else {
				groups[i].to++
			}
			up = !up
		}
	}
	if wider := joined(groups); len(wider) < len(groups) {
		return distinct(wider, old)
	}
	return groups
}

// write writes the hunk and returns by how many lines it makes the file longer.
// shift is by how many the hunks before have done so.
func (g group) write(b *strings.Builder, old []string, shift int) int {
	longer := 0
	for _, e := range g.edits {
		longer += len(e.lines) - (e.to - e.from)
	}
	n := g.to - g.from
	fmt.Fprintf(b, "@@ -%s +%s @@\n", position(g.from, n), position(g.from+shift, n+longer))
	at := g.from
	for _, e := range g.edits {
		lines(b, " ", old[at:e.from])
		lines(b, "-", old[e.from:e.to])
		lines(b, "+", e.lines)
		at = e.to
	}
	lines(b, " ", old[at:g.to])
	return longer
}

// position is "12,3": three lines from the 12th on.
func position(from, n int) string {
	if n > 0 {
		from++ // an empty range is named by the line before it
	}
	return fmt.Sprintf("%d,%d", from, n)
}

func lines(b *strings.Builder, sign string, all []string) {
	for _, line := range all {
		b.WriteString(sign + line)
	}
}

// Text returns a patch as it is written to a file: the header, an empty line,
// the diff.
func Text(header []string, diff string) string {
	return strings.Join(header, "\n") + "\n\n" + diff
}

// Diff returns the diff of a patch's text without its header.
func Diff(text string) string {
	if strings.HasPrefix(text, "--- ") {
		return text
	}
	if at := strings.Index(text, "\n--- "); at >= 0 {
		return text[at+1:]
	}
	return ""
}
