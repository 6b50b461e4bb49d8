// Package mistake writes known mistakes: the patch against the reference, and
// as much of its header as a run can tell.
//
// [Write] makes one from a changed copy of the reference. [Rebase] writes the
// patches of an exercise again after its reference has changed.
package mistake

import (
	"context"
	"errors"
	"fmt"
	"go/format"
	"go/scanner"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/patch"
)

// A Report says what [Write] wrote.
type Report struct {
	File     string   // absolute path of the patch
	CaughtBy string   // as in the header: "R2 (missing tail), R4"
	Changed  int      // lines that are removed or added
	Similar  []string // mistakes with the same first requirement and a symptom in common
}

var validName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Write compares file, a changed copy of one of the reference's files, with
// the reference, runs it several times and writes the patch into the folder of
// the exercise's mistakes. What only a person can say is left to be written,
// marked with [catalog.Unwritten].
//
// Nothing is written if a requirement fails in some of the runs only, or if
// none fails. The exercise must be loaded. progress is called after each run,
// from one goroutine at a time.
func Write(ctx context.Context, e *catalog.Exercise, name, file string, progress func(done, all int)) (Report, error) {
	to, err := place(e, name)
	if err != nil {
		return Report{}, err
	}
	answer, diff, err := compare(e, name, file)
	if err != nil {
		return Report{}, err
	}
	seen, err := observe(ctx, e, judge.Answer(answer), progress)
	if err != nil {
		return Report{}, unbuilt(err, e, name, file)
	}
	found, err := conclude(e, seen)
	if err != nil {
		return Report{}, err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return Report{}, fmt.Errorf("write the mistake: %w", err)
	}
	if err := os.WriteFile(to, []byte(patch.Text(found.header(), diff)), 0o644); err != nil {
		return Report{}, fmt.Errorf("write the mistake: %w", err)
	}
	return Report{File: to, CaughtBy: found.caughtBy(), Changed: changed(diff), Similar: found.similar(e)}, nil
}

// unbuilt adds what the compiler says, if err is about that, with file in place of
// the reference's. A package that cannot be found is no fault of the file.
func unbuilt(err error, e *catalog.Exercise, name, file string) error {
	compiler := (*judge.BuildError)(nil)
	if !errors.As(err, &compiler) {
		return err
	}
	said, its := strings.TrimSpace(compiler.Output), name+"/"
	if !strings.Contains(said, its) {
		return fmt.Errorf("%w:\n%s", err, said)
	}
	said = strings.ReplaceAll(said, its+replaced(e, file)+":", file+":")
	return fmt.Errorf("%s does not compile:\n%s", file, strings.ReplaceAll(said, its, ""))
}

// place returns the path of a new mistake.
func place(e *catalog.Exercise, name string) (string, error) {
	if !validName.MatchString(name) {
		return "", fmt.Errorf("%q is no name of a mistake: name the bug in small letters, like one-read-one-message", name)
	}
	dir := filepath.Join(e.SolutionDir, "testdata", "wrong")
	for _, ext := range []string{".go", ".patch"} {
		if _, err := os.Lstat(filepath.Join(dir, name+ext)); !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("%s is there already: choose another name or remove it", e.Rel(filepath.Join(dir, name+ext)))
		}
	}
	return filepath.Join(dir, name+".patch"), nil
}

// compare returns the answer that file makes of the reference, and the diff.
func compare(e *catalog.Exercise, name, file string) (a catalog.Answer, diff string, err error) {
	reference, err := e.ReferenceCode()
	if err != nil {
		return a, "", err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return a, "", fmt.Errorf("read the changed copy: %w", err)
	}
	formatted, err := format.Source([]byte(strings.ReplaceAll(string(text), "\r\n", "\n")))
	if list := (scanner.ErrorList)(nil); errors.As(err, &list) {
		return a, "", fmt.Errorf("%s:%d: %s", file, list[0].Pos.Line, list[0].Msg)
	}
	if err != nil {
		return a, "", fmt.Errorf("format %s: %w", file, err)
	}
	code := maps.Clone(reference)
	code[replaced(e, file)] = string(formatted)
	if diff, err = patch.Make(reference, code); errors.Is(err, patch.ErrEqual) {
		return a, "", fmt.Errorf("%s equals the reference: put the mistake into it first", file)
	} else if err != nil {
		return a, "", err
	}
	for _, m := range e.Mistakes {
		if maps.Equal(m.Code, code) {
			return a, "", fmt.Errorf("%s is the mistake %s: it is known already", file, e.Rel(m.File))
		}
	}
	return catalog.Answer{Name: name, Code: code}, diff, nil
}

// replaced returns the base name of the reference's file that file is a copy of:
// the one with its name, or the main one.
func replaced(e *catalog.Exercise, file string) string {
	base := filepath.Base(file)
	for _, r := range e.Reference {
		if filepath.Base(r) == base {
			return base
		}
	}
	return e.Slug + ".go"
}

// changed counts the lines that a diff removes or adds.
func changed(diff string) int {
	n := 0
	for line := range strings.Lines(diff) {
		if (line[0] == '-' || line[0] == '+') && !strings.HasPrefix(line, "--- ") && !strings.HasPrefix(line, "+++ ") {
			n++
		}
	}
	return n
}
