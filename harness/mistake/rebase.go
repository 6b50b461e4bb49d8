package mistake

import (
	"errors"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/patch"
)

// Rebase writes all patches of an exercise again, for the reference as it is
// now, and returns the paths of those that changed. The error joins one
// [*catalog.Problem] for each patch that no longer applies; such a patch stays
// as it is.
func Rebase(e *catalog.Exercise) (written []string, err error) {
	_ = e.Load() // finds the files; it reports patches that do not apply, which are what is rebased here
	reference, err := e.ReferenceCode()
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(e.SolutionDir, "testdata", "wrong", "*.patch"))
	if err != nil {
		return nil, fmt.Errorf("list the mistakes: %w", err)
	}
	var problems []error
	for _, file := range files {
		changed, err := rebase(file, reference)
		if at := (*patch.Error)(nil); errors.As(err, &at) {
			err = &catalog.Problem{File: e.Rel(file), Line: at.Line, Text: at.Text}
		}
		if err != nil {
			problems = append(problems, err)
		}
		if changed {
			written = append(written, file)
		}
	}
	return written, errors.Join(problems...)
}

// rebase writes one patch again and reports whether that changed it.
func rebase(file string, reference map[string]string) (bool, error) {
	old, err := os.ReadFile(file)
	if err != nil {
		return false, fmt.Errorf("read the mistake: %w", err)
	}
	p, err := patch.Parse(string(old))
	if err != nil {
		return false, err
	}
	code, err := p.Rebase(reference)
	if err != nil {
		return false, err
	}
	for _, name := range p.Files() {
		formatted, err := format.Source([]byte(code[name]))
		if err != nil {
			return false, &patch.Error{Line: 1, Text: fmt.Sprintf("makes of %s what is no Go: %v", name, err)}
		}
		code[name] = string(formatted)
	}
	diff, err := patch.Make(reference, code)
	if errors.Is(err, patch.ErrEqual) {
		return false, &patch.Error{Line: 1, Text: "the reference has this mistake now: remove one of them"}
	}
	if err != nil {
		return false, fmt.Errorf("%s: %w", file, err)
	}
	text := patch.Text(p.Header, diff)
	if text == strings.ReplaceAll(string(old), "\r\n", "\n") {
		return false, nil
	}
	return true, os.WriteFile(file, []byte(text), 0o644)
}
