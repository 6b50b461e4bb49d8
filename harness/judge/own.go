package judge

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/slow"
	"socketkata/harness/spawn"
)

// Own runs the tests that a learner has added to the exercise's folder. It returns
// the plain command, and what that printed if they failed, panicked or ended the
// process; output is "" if they passed, or if there are none. The tests of the
// requirements run without them, in another process.
func Own(ctx context.Context, e *catalog.Exercise) (command, output string, err error) {
	names := ownTests(e)
	if len(names) == 0 {
		return "", "", nil
	}
	path, err := spawn.LookGo()
	if err != nil {
		return "", "", err
	}
	run := "-run=" + alternatives(names)
	cmd := exec.CommandContext(ctx, path, "test", run, "-timeout="+slow.Stretch(scriptLimit).String(), pattern(e))
	cmd.Dir, cmd.Env = e.Root(), append(os.Environ(), "PWD="+e.Root())
	output, err = spawn.Combined(cmd)
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "", "", nil
	case ctx.Err() != nil:
		return "", "", context.Cause(ctx)
	case !errors.As(err, &exit):
		return "", "", fmt.Errorf("run your own tests: %w", err)
	}
	return "go test '" + run + "' " + pattern(e), output, nil
}

// testName matches what the go command takes for a test, an example or a fuzz
// test, all of which run.
var testName = regexp.MustCompile(`^(Test|Example|Fuzz)($|[^a-z])`)

// ownTests returns the names of the tests in the exercise's folder that belong to
// no requirement.
func ownTests(e *catalog.Exercise) []string {
	var names []string
	files, _ := filepath.Glob(filepath.Join(e.Dir, "*_test.go")) // the pattern is well formed
	for _, path := range files {
		if built, err := build.Default.MatchFile(e.Dir, filepath.Base(path)); err != nil || !built {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			continue // the compiler says so
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if ok && f.Recv == nil && testName.MatchString(f.Name.Name) && !theirs(e, f.Name.Name) {
				names = append(names, f.Name.Name)
			}
		}
	}
	return names
}

// theirs reports whether a function of that name belongs to the exercise, or is
// no test after all.
func theirs(e *catalog.Exercise, name string) bool {
	return name == "TestMain" || name == catalog.PlayTest || strings.HasPrefix(name, witnessTest) ||
		slices.ContainsFunc(e.Requirements, func(q catalog.Requirement) bool { return q.Test == name })
}
