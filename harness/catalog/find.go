package catalog

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// Find returns the exercise that a person calls name: "5", "05", "echo",
// "05-echo" or the path of its folder. The error of an unknown name is one
// sentence that lists the near names, or all of them.
func (c *Catalog) Find(name string) (*Exercise, error) {
	asked := strings.ToLower(strings.TrimSpace(name))
	asked = filepath.Base(filepath.ToSlash(asked))
	for _, e := range c.Exercises {
		if asked == e.Name || asked == e.Slug || asked == fmt.Sprintf("%d-%s", e.Number, e.Slug) {
			return e, nil
		}
		if n, err := strconv.Atoi(asked); err == nil && n == e.Number {
			return e, nil
		}
	}
	var near, all []string
	for _, e := range c.Exercises {
		all = append(all, e.Name)
		if isNear(asked, e) {
			near = append(near, e.Name)
		}
	}
	shown := []rune(name)
	if len(shown) > 40 {
		shown = append(shown[:40], '…')
	}
	if len(near) > 0 {
		return nil, fmt.Errorf("no exercise is called %q; near names: %s", string(shown), strings.Join(near, ", "))
	}
	return nil, fmt.Errorf("no exercise is called %q; the exercises are %s", string(shown), strings.Join(all, ", "))
}

// isNear reports whether asked looks like a slip for e's name.
func isNear(asked string, e *Exercise) bool {
	asked = strings.TrimLeft(asked, "0123456789-_ ")
	if len(asked) < 2 {
		return false
	}
	return strings.HasPrefix(e.Slug, asked) || strings.HasPrefix(asked, e.Slug) || distance(asked, e.Slug) <= 2 && len(asked) > 2
}

// distance counts the letters to change, add or drop to get from a to b.
func distance(a, b string) int {
	if len(a) > 40 { // no name is that long
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(row[j]+1, row[j+1]+1, diagonal+cost)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
