package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/urfave/cli/v3"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
)

// diff compares the learner's files with the reference's of the same name.
func (k *kata) diff(_ context.Context, cmd *cli.Command) error {
	e, err := k.named(cmd, "diff")
	if err != nil {
		return err
	}
	if len(e.Reference) == 0 {
		return errNoSolutions
	}
	return k.showDiff(e)
}

func (k *kata) showDiff(e *catalog.Exercise) error {
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
		text, err := k.diffFile(k.here, mine[base], reference[base], filepath.Join(e.Dir, base))
		if err != nil {
			return err
		}
		if text == "" {
			continue
		}
		if equal {
			k.printf("lines with - are yours, lines with + are the reference's\n")
		}
		equal = false
		k.printf("\n%s", text)
	}
	if equal {
		k.printf("your code and the reference are equal\n")
	}
	return nil
}

// diffFile returns the difference of one file; an empty path is a file that
// one side does not have.
func (k *kata) diffFile(rel func(string) string, mine, reference, place string) (string, error) {
	if reference == "" {
		return fmt.Sprintf("%s is yours alone\n", visible(rel(mine))), nil
	}
	if mine == "" {
		return fmt.Sprintf("%s is missing; the reference has %s\n", rel(place), rel(reference)), nil
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
	for i, line := range strings.SplitAfter(string(diff.Diff(rel(mine), a, rel(reference), b)), "\n") {
		if line == "" || i == 0 { // "diff a b" says no more than the next two lines
			continue
		}
		text.WriteString(k.paintDiff(visible(strings.TrimRight(line, "\r\n"))) + "\n")
	}
	return text.String(), nil
}

func (k *kata) paintDiff(line string) string {
	switch {
	case strings.HasPrefix(line, "---"), strings.HasPrefix(line, "+++"):
		return k.paint(bold, line)
	case strings.HasPrefix(line, "@@"):
		return k.paint(dim, line)
	case strings.HasPrefix(line, "-"):
		return k.paint(red, line)
	case strings.HasPrefix(line, "+"):
		return k.paint(green, line)
	}
	return line
}
