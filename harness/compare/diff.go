package compare

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/terminal"
)

// Lines prints the difference between the learner's files and the reference's of
// the same name.
func Lines(screen *terminal.Screen, e *catalog.Exercise) error {
	if len(e.Reference) == 0 {
		return catalog.ErrNoSolutions
	}
	mine, reference := judge.Learner(e).Files, judge.Reference(e).Files
	names := slices.Sorted(maps.Keys(reference))
	for base := range mine {
		if reference[base] == "" {
			names = append(names, base)
		}
	}
	slices.Sort(names)
	equal := true
	for _, base := range names {
		text, err := diffFile(screen, mine[base], reference[base], filepath.Join(e.Dir, base))
		if err != nil {
			return err
		}
		if text == "" {
			continue
		}
		if equal {
			screen.Printf("lines with - are yours; lines with + are the reference's\n")
		}
		equal = false
		screen.Printf("\n%s", text)
	}
	if equal {
		screen.Printf("your code and the reference are equal\n")
	}
	return nil
}

// diffFile returns the difference of one file; an empty path is a file that
// one side does not have.
func diffFile(screen *terminal.Screen, mine, reference, place string) (string, error) {
	if reference == "" {
		return fmt.Sprintf("%s is only in your answer\n", terminal.Visible(terminal.Here(mine))), nil
	}
	if mine == "" {
		return fmt.Sprintf("%s is missing; the reference has %s\n", terminal.Here(place), terminal.Here(reference)), nil
	}
	a, err := os.ReadFile(mine)
	if err != nil {
		return "", fmt.Errorf("read your code: %w", err)
	}
	b, err := os.ReadFile(reference)
	if err != nil {
		return "", fmt.Errorf("read the reference: %w", err)
	}
	var text strings.Builder
	for i, line := range strings.SplitAfter(string(diff.Diff(terminal.Here(mine), a, terminal.Here(reference), b)), "\n") {
		if line == "" || i == 0 { // "diff a b" says no more than the next two lines
			continue
		}
		text.WriteString(paintDiff(screen, terminal.Visible(strings.TrimRight(line, "\r\n"))) + "\n")
	}
	return text.String(), nil
}

func paintDiff(screen *terminal.Screen, line string) string {
	switch {
	case strings.HasPrefix(line, "---"), strings.HasPrefix(line, "+++"):
		return screen.Paint(terminal.Bold, line)
	case strings.HasPrefix(line, "@@"):
		return screen.Paint(terminal.Dim, line)
	case strings.HasPrefix(line, "-"):
		return screen.Paint(terminal.Red, line)
	case strings.HasPrefix(line, "+"):
		return screen.Paint(terminal.Green, line)
	}
	return line
}
