package patch

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// A patch is easiest to read with this much context. Only where the old text
// of a hunk would occur twice, it gets more.
const (
	leastContext = 2
	mostContext  = 20
)

// ErrEqual means that there is nothing to make a patch of.
var ErrEqual = errors.New("the files are equal")

// Make returns the diff that turns the files before into those after: both
// have the same names. The error is [ErrEqual] if there is no difference.
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

// makeFile returns the diff of one file with as little context as it needs to
// apply.
func makeFile(name, before, after string) (string, error) {
	edits := udiff.Lines(before, after)
	if len(edits) == 0 {
		return "", nil
	}
	for context := leastContext; context <= mostContext; context++ {
		text, err := udiff.ToUnified(name, name, before, edits, context)
		if err != nil {
			return "", err
		}
		p, err := Parse(text)
		if err != nil {
			return "", err
		}
		if got, err := p.Apply(map[string]string{name: before}); err == nil && got[name] == after {
			return text, nil
		}
	}
	return "", errors.New("the changed lines occur several times, whatever the context")
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
