package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/record"
	"socketkata/harness/report"
)

// report writes the last run of an exercise as an HTML file. Without EX it is
// the exercise that was tested last.
func (k *kata) report(ctx context.Context, cmd *cli.Command) error {
	e, err := k.reported(cmd)
	if err != nil {
		return err
	}
	last, err := loadRun(e)
	if err != nil {
		return err
	}
	path, err := k.reportFile(cmd, e)
	if err != nil {
		return err
	}
	records, err := record.Read(filepath.Join(runDir(e), "records"))
	if err != nil {
		return fmt.Errorf("%w: make test EX=%s writes it anew", err, number(e))
	}
	references, why, err := k.references(ctx, e, last.Result)
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := report.Write(&page, pageOf(e, last, records, references, why)); err != nil {
		return err
	}
	if err := writeAtomically(path, page.Bytes()); err != nil {
		return fmt.Errorf("write the report: %w: choose another place with -o", err)
	}
	k.printf("%s\n", visible(fromWorkingDir(path)))
	if open := k.getenv("OPEN"); cmd.Bool("open") || open != "" && open != "0" {
		return k.browse(ctx, path)
	}
	return nil
}

// reported returns the exercise to report on.
func (k *kata) reported(cmd *cli.Command) (*catalog.Exercise, error) {
	c, err := k.open()
	if err != nil {
		return nil, err
	}
	if k.asked(cmd) != "" {
		return k.exercise(cmd, c, nil)
	}
	e := lastTested(c)
	if e == nil {
		return nil, errors.New("there is no run to report on yet: make test makes one")
	}
	return e, e.Load()
}

// reportFile returns where the report goes, and refuses to overwrite what is
// no report.
func (k *kata) reportFile(cmd *cli.Command, e *catalog.Exercise) (string, error) {
	path := cmd.String("o")
	if path == "" {
		path = filepath.Join(kataDir(e.Root()), "report-"+e.Name+".html")
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
	case errors.Is(err, fs.ErrNotExist) || err == nil && strings.HasPrefix(string(text), report.Magic):
		return path, nil
	case err != nil:
		return "", fmt.Errorf("the report cannot go there: %w", err)
	}
	return "", fmt.Errorf("%s is there already and is no report: choose another name with -o", fromWorkingDir(path))
}

// fromWorkingDir writes a path as short as it can be typed here.
func fromWorkingDir(path string) string {
	dir, err := os.Getwd()
	if err != nil {
		return path
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	if rel, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return path
}

// references asks the reference for its conversation in what failed. When it
// cannot be asked, why says so in a sentence.
func (k *kata) references(ctx context.Context, e *catalog.Exercise, r judge.Result) (all []record.Record, why string, err error) {
	o := judge.Options{Stderr: k.stderr, Env: seedOf(r)}
	for _, q := range r.Requirements {
		if q.Status == judge.StatusFailed && e.Requirement(q.ID) != nil {
			o.Only = append(o.Only, q.ID)
		}
	}
	if len(o.Only) == 0 {
		return nil, "", nil
	}
	if len(e.Reference) == 0 {
		return nil, "The reference was not asked: " + errNoSolutions.Error() + ".", nil
	}
	if o.Records, err = os.MkdirTemp("", "kata-reference-"); err != nil {
		return nil, "", fmt.Errorf("ask the reference: %w", err)
	}
	defer os.RemoveAll(o.Records)
	k.printf("asking the reference for its conversation in %s …\n", strings.Join(o.Only, ", "))
	result, err := judge.Judge(ctx, e, judge.Reference(e), o)
	if _, broken := noCompiler(result); broken {
		o.Env = append(o.Env, "CGO_ENABLED=0")
		result, err = judge.Judge(ctx, e, judge.Reference(e), o)
	}
	if err != nil {
		return nil, "", err
	}
	if result.Verdict != judge.Passed {
		return nil, fmt.Sprintf("The reference was asked too, but its run did not pass here: %s.", result.Verdict), nil
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
