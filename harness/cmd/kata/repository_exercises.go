package main

import (
	"slices"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/terminal"
)

// named returns the exercises that a list like 01,05,09 names, once each and in
// order of number.
func named(c *catalog.Catalog, list string) ([]*catalog.Exercise, error) {
	var exercises []*catalog.Exercise
	for _, name := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		e, err := c.Find(name)
		if err != nil {
			return nil, terminal.UsageError{Err: err}
		}
		exercises = append(exercises, e)
	}
	slices.SortFunc(exercises, func(a, b *catalog.Exercise) int { return a.Number - b.Number })
	return slices.Compact(exercises), nil
}

// several returns the exercises that a list names, or all, loaded.
func several(c *catalog.Catalog, list string) ([]*catalog.Exercise, error) {
	exercises, err := named(c, list)
	if err != nil {
		return nil, err
	}
	if len(exercises) == 0 {
		exercises = c.Exercises
	}
	for _, e := range exercises {
		if err := e.Load(); err != nil {
			return nil, err
		}
	}
	return exercises, nil
}
