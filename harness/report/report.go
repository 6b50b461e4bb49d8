// Package report writes the last run of an exercise as one HTML file: it
// collects the data, asks the reference for its conversation, and opens a
// browser. Package page turns the data into HTML.
package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/progress"
	"socketkata/harness/record"
	"socketkata/harness/report/page"
	"socketkata/harness/safefile"
	"socketkata/harness/temporary"
	"socketkata/harness/terminal"
	"socketkata/harness/testrun"
)

// Write writes the report and returns its path. An empty path means a file in
// .kata.
func Write(ctx context.Context, run *testrun.Runner, e *catalog.Exercise, path string) (string, error) {
	last, err := testrun.Load(e)
	if err != nil {
		return "", err
	}
	if path, err = place(path, e); err != nil {
		return "", err
	}
	records, err := record.Read(testrun.RecordsDir(e))
	if err != nil {
		return "", fmt.Errorf("%w: make test EX=%s writes it again", err, e.EX())
	}
	references, why, err := references(ctx, run, e, last.Result)
	if err != nil {
		return "", err
	}
	var html bytes.Buffer
	if err := page.Write(&html, pageOf(e, last, records, references, why)); err != nil {
		return "", err
	}
	if err := safefile.Write(path, html.Bytes()); err != nil {
		return "", fmt.Errorf("write the report: %w: choose another place with -o", err)
	}
	run.Printf("%s\n", terminal.Visible(fromWorkingDir(path)))
	return path, nil
}

// place returns where the report goes. It refuses to overwrite any other file.
func place(path string, e *catalog.Exercise) (string, error) {
	if path == "" {
		path = filepath.Join(progress.Dir(e.Root()), "report-"+e.Name+".html")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find the place of the report: %w", err)
	}
	if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no folder %s for the report: make it, or choose another with -o", filepath.Dir(path))
	}
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && strings.HasPrefix(string(text), page.Magic):
		return path, nil
	case err != nil:
		return "", fmt.Errorf("the report cannot go there: %w", err)
	}
	return "", fmt.Errorf("%s already exists and is not a report: choose another name with -o", fromWorkingDir(path))
}

// fromWorkingDir writes a path as short as it can be typed here.
func fromWorkingDir(path string) string {
	if here := filepath.FromSlash(terminal.Here(path)); filepath.IsLocal(here) {
		return here
	}
	return path
}

// references asks the reference for its conversation in what failed. When it
// cannot be asked, why says so in a sentence.
func references(ctx context.Context, run *testrun.Runner, e *catalog.Exercise, r judge.Result) (all []record.Record, why string, err error) {
	o := judge.Options{Env: seedOf(r), Overlay: progress.OverlayFile(e)}
	for _, q := range r.Requirements {
		if q.Status == judge.StatusFailed && e.Requirement(q.ID) != nil {
			o.Only = append(o.Only, q.ID)
		}
	}
	if len(o.Only) == 0 {
		return nil, "", nil
	}
	if len(e.Reference) == 0 {
		return nil, "The reference did not run: " + catalog.ErrNoSolutions.Error() + ".", nil
	}
	if o.Records, err = temporary.Folder("", "reference"); err != nil {
		return nil, "", fmt.Errorf("run the reference: %w", err)
	}
	defer temporary.Remove(o.Records)
	result, err := run.Plain(ctx, e, judge.Reference(e), o, "the reference, for its conversation in "+strings.Join(o.Only, ", "))
	if err != nil {
		return nil, "", err
	}
	if result.Verdict != judge.Passed {
		return nil, fmt.Sprintf("The reference ran too, but did not pass here: %s.", result.Verdict), nil
	}
	all, err = record.Read(o.Records)
	return all, "", err
}

// seedOf returns the environment that repeats the random input of what failed.
func seedOf(r judge.Result) []string {
	for _, q := range r.Requirements {
		for _, f := range q.Failures {
			if seed, _, ok := strings.Cut(f.Repeat, " "); ok && strings.HasPrefix(seed, "KATA_SEED=") {
				return []string{seed}
			}
		}
	}
	return nil
}
