package handout

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/source"
)

// asTheyAre are the files and folders, beside the exercises and the harness, that
// students get unchanged.
var asTheyAre = []string{".gitignore", ".vscode", ".devcontainer", "go.mod", "go.sum", "exercises/README.md"}

const (
	// command is the package of kata, the root of the harness's packages.
	command = "harness/cmd/kata"
	// examples show every verb of a script, for students who write tests.
	examples = "harness/peer/example_"
)

// collect returns the files of a hand-out.
func collect(ctx context.Context, root string, exercises []*catalog.Exercise) (tree, error) {
	names, err := tracked(ctx, root)
	if err != nil {
		return nil, err
	}
	t := tree{}
	for _, name := range names {
		if slices.ContainsFunc(asTheyAre, func(a string) bool { return name == a || under(name, a) }) || strings.HasPrefix(name, examples) {
			err = t.add(root, name, "")
		}
		if err != nil {
			return nil, err
		}
	}
	for _, e := range exercises {
		if err := t.addExercise(e, names); err != nil {
			return nil, err
		}
	}
	if err := t.addTexts(root, exercises); err != nil {
		return nil, err
	}
	return t, t.addHarness(root, names)
}

// addExercise adds an exercise with the stub, twice, in place of the learner's
// files.
func (t tree) addExercise(e *catalog.Exercise, names []string) error {
	dir := e.Rel(e.Dir)
	if len(e.Stub) == 0 {
		return fmt.Errorf("%s has no copy of the stub", e.Rel(e.SolutionDir))
	}
	for _, name := range names {
		learners := path.Dir(name) == dir && strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
		if !under(name, dir) || learners || under(name, dir+"/"+catalog.CatchFolder) {
			continue
		}
		if err := t.add(e.Root(), name, ""); err != nil {
			return err
		}
	}
	for _, stub := range e.Stub {
		for _, to := range []string{dir, dir + "/" + catalog.HandedStub} {
			if err := t.add(e.Root(), e.Rel(stub), to+"/"+filepath.Base(stub)); err != nil {
				return err
			}
		}
	}
	for _, starter := range e.CatchStarter() {
		if err := t.add(e.Root(), e.Rel(starter), dir+"/"+catalog.CatchFolder+"/"+filepath.Base(starter)); err != nil {
			return err
		}
	}
	return nil
}

// addHarness adds the packages of the harness that kata and the tests of the
// exercises are made of, on every platform, without their own tests.
func (t tree) addHarness(root string, names []string) error {
	todo := []string{command}
	for name, text := range t {
		if strings.HasSuffix(name, ".go") {
			todo = append(todo, imported(string(text))...)
		}
	}
	seen := map[string]bool{}
	for len(todo) > 0 {
		dir := todo[0]
		todo = todo[1:]
		if seen[dir] {
			continue
		}
		seen[dir] = true
		for _, name := range names {
			if path.Dir(name) != dir || strings.HasSuffix(name, "_test.go") || repositoryOnly(name) {
				continue
			}
			if t[name] == nil {
				if err := t.add(root, name, ""); err != nil {
					return err
				}
			}
			if strings.HasSuffix(name, ".go") {
				todo = append(todo, imported(string(t[name]))...)
				if err := t.addEmbedded(root, names, dir, string(t[name])); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// addEmbedded adds the folders of a package that one of its files embeds. The
// package's own folder is there anyway.
func (t tree) addEmbedded(root string, names []string, dir, text string) error {
	for line := range strings.Lines(text) {
		patterns, _ := strings.CutPrefix(line, "//go:embed ")
		if patterns == line {
			continue
		}
		for _, folder := range strings.Fields(patterns) {
			for _, name := range names {
				if !under(name, dir+"/"+folder) {
					continue
				}
				if err := t.add(root, name, ""); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// repositoryOnly reports whether a file is a part of kata that a hand-out does
// not have.
func repositoryOnly(name string) bool { return strings.HasPrefix(name, command+"/repository_") }

// imported returns the folders of the harness's packages that a Go file imports.
func imported(text string) []string {
	var dirs []string
	for _, i := range source.Imports(text) {
		if dir, ok := strings.CutPrefix(i.Path, catalog.Module+"/"); ok && under(dir, "harness") {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}
