package main

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"socketkata/harness/catalog"
	"socketkata/harness/grade"
	"socketkata/harness/grade/points"
	"socketkata/harness/grade/unit"
	"socketkata/harness/terminal"
)

// gradeVerbs is kata grade and the verbs below it.
func (k *kata) gradeVerbs() *cli.Command {
	verb := k.verb("grade", "IN OUT [EX]", "grade a folder of submissions", k.grade)
	verb.Description = "IN is the folder of the submissions, one folder or archive a student. OUT gets the book and the reports. " +
		"EX names the exercises, as in 01,05,09; all of them if it is left out. The environment variables IN, OUT and EX work too."
	return verb
}

func (k *kata) grade(ctx context.Context, cmd *cli.Command) error {
	c, err := k.open()
	if err != nil {
		return err
	}
	o := grade.Options{
		In: cmp.Or(cmd.Args().Get(0), k.getenv("IN")), Out: cmp.Or(cmd.Args().Get(1), k.getenv("OUT")),
		Policy: points.Default(), Unit: unit.Options{Sandbox: "auto"},
	}
	if o.In == "" || o.Out == "" {
		return terminal.Usagef("say where the submissions are and where the reports go: make grade IN=submissions OUT=reports")
	}
	if o.Exercises, err = exercises(c, cmp.Or(cmd.Args().Get(2), k.word, k.getenv("EX"))); err != nil {
		return err
	}
	o.Known = func(name string) bool {
		return slices.ContainsFunc(c.Exercises, func(e *catalog.Exercise) bool { return e.Name == name })
	}
	_, err = grade.Run(ctx, k.Screen, o)
	return err
}

// exercises returns those that a list like 01,05,09 names, all if it is empty.
func exercises(c *catalog.Catalog, list string) ([]*catalog.Exercise, error) {
	var named []*catalog.Exercise
	for _, name := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		e, err := c.Find(name)
		if err != nil {
			return nil, terminal.UsageError{Err: err}
		}
		named = append(named, e)
	}
	if len(named) == 0 {
		named = c.Exercises
	}
	for _, e := range named {
		if err := e.Load(); err != nil {
			return nil, err
		}
	}
	return named, nil
}
