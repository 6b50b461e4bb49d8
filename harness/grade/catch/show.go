package catch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/terminal"
)

// Learner tries the tests that a learner has written in the exercise's folder
// [catalog.CatchFolder], and prints how they do. Without any, it puts the first
// one there.
func Learner(ctx context.Context, screen *terminal.Screen, e *catalog.Exercise) error {
	if len(e.Reference) == 0 {
		return catalog.ErrNoSolutions
	}
	dir := filepath.Join(e.Dir, catalog.CatchFolder)
	tests, err := read(dir)
	if err != nil {
		return err
	}
	if len(tests) == 0 {
		return begin(screen, e, dir)
	}
	o := Default()
	screen.Printf("Your tests in %s meet right answers and known mistakes.\n\n", terminal.Here(dir))
	out, err := Try(ctx, e, tests, o)
	if err != nil {
		return err
	}
	return show(screen, e, out)
}

// read returns the texts of the test files in dir, by base name.
func read(dir string) (map[string]string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return nil, fmt.Errorf("find your tests: %w", err)
	}
	tests := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read your tests: %w", err)
		}
		tests[filepath.Base(path)] = string(text)
	}
	return tests, nil
}

// begin puts the first test into dir. It replaces nothing.
func begin(screen *terminal.Screen, e *catalog.Exercise, dir string) error {
	starter := e.CatchStarter()
	if len(starter) == 0 {
		return terminal.Usagef("%s has no test of yours: write one in a file that ends in _test.go, like those in exercises/05-echo/%s", terminal.Here(dir), catalog.CatchFolder)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make a folder for your tests: %w", err)
	}
	for _, from := range starter {
		text, err := os.ReadFile(from)
		if err != nil {
			return fmt.Errorf("read the first test: %w", err)
		}
		to := filepath.Join(dir, filepath.Base(from))
		if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is no readable file: move it away", terminal.Here(to))
		}
		if err := os.WriteFile(to, text, 0o644); err != nil {
			return fmt.Errorf("write the first test: %w", err)
		}
		screen.Printf("%s is new: read it, then run make catch EX=%s again.\n", terminal.Here(to), e.EX())
	}
	return nil
}

// show prints how the tests did. Its error says that something is left to do for
// the learner.
func show(screen *terminal.Screen, e *catalog.Exercise, out Outcome) error {
	if out.Why != "" {
		return errors.New(terminal.Visible(out.Why))
	}
	screen.Printf("%s\n", screen.Heading(e.Label(), fmt.Sprintf("your tests catch %d of %d known mistakes", out.Caught, out.Of)))
	if len(out.Missed) > 0 {
		screen.Printf("\n  Mistakes that slip through, by the first requirement they break:\n\n")
	}
	for _, q := range e.Requirements {
		if n := out.Missed[q.ID]; n > 0 {
			screen.Paragraph(fmt.Sprintf("  %3d × %-4s", n, q.ID), q.Sentence, "")
		}
	}
	for _, v := range out.Voided {
		screen.Printf("\n%s\n", screen.Paint(terminal.Red, "  ✗ "+terminal.Visible(v.String())+":"))
		screen.Printf("%s\n", firstLines(v.Output))
	}
	if len(out.Voided) > 0 {
		screen.Printf("\nA right answer must pass each test. Change the test so that it asks only for\nwhat the contract says: %s\n", terminal.Here(filepath.Join(e.Dir, "README.md")))
		return terminal.Failed
	}
	return nil
}

// firstLines returns what a reader needs of a test's output.
func firstLines(output string) string {
	const most = 30
	var lines []string
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\r\n")
		if line == "FAIL" || strings.HasPrefix(strings.TrimSpace(line), "--- FAIL") {
			continue
		}
		if lines = append(lines, "    "+terminal.Shorten(terminal.Visible(line))); len(lines) == most {
			lines = append(lines, "    …")
			break
		}
	}
	return strings.Join(lines, "\n")
}
