package judge

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/slow"
	"socketkata/harness/source"
	"socketkata/harness/spawn"
)

// Own runs the tests in the exercise's folder that belong to no requirement: those
// that the learner has added, and the seeds of a fuzz test. It returns the plain
// command, and what that printed if they failed, panicked or ended the process;
// output is "" if they passed, or if there are none. The tests of the requirements
// run without them, in another process.
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

// ownTests returns the names of the tests in the exercise's folder that belong to
// no requirement.
func ownTests(e *catalog.Exercise) []string {
	names := slices.Sorted(maps.Keys(source.Tests(e.Dir)))
	return slices.DeleteFunc(names, func(name string) bool {
		return name == "TestMain" || name == catalog.PlayTest ||
			slices.ContainsFunc(e.Requirements, func(q catalog.Requirement) bool { return q.Test == name })
	})
}

// exits returns the calls in the candidate's files that end the process, which
// itself leaves no trace of the one it was.
func exits(c Candidate) []string {
	var found []string
	for _, base := range c.bases() {
		text, _ := c.text(base) // else the compiler said so
		found = append(found, source.Exits(base, text)...)
	}
	return found
}

// cannotStart returns what the go command says when the system refuses to start
// the test binary, "" if it did not.
func cannotStart(output string) string {
	for line := range strings.Lines(output) {
		if strings.HasPrefix(line, "fork/exec ") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}
