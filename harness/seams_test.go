package harness_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/boundary"
	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/remote"
)

// TestSeams judges small exercises about what the exercises here do not use yet:
// datagrams, descriptors over Unix sockets, TLS, and descriptors that a function
// returns. Each was written from the documentation alone.
func TestSeams(t *testing.T) {
	wholeOnly(t, func(t *testing.T) {
		for _, e := range seams(t) {
			t.Run(e.Name, func(t *testing.T) {
				t.Parallel()
				require.NoError(t, e.Check())
				if !here(e) {
					t.Skipf("%s is not for this platform: %s", e.Name, e.Platforms)
				}
				judgeSeam(t, e)
			})
		}
	})
}

// judgeSeam judges the reference, also in a process of its own, and each known
// mistake.
func judgeSeam(t *testing.T, e *catalog.Exercise) {
	all := []judge.Candidate{judge.Reference(e)}
	for _, v := range e.Mistakes {
		all = append(all, judge.Answer(v.Answer))
	}
	batch, err := judge.NewBatch(examContext(t), e, all)
	require.NoError(t, err)
	defer batch.Remove()
	r := run(t, e, all[0], judge.Options{Batch: batch})
	require.Equal(t, judge.Passed, r.Verdict, "right code was failed: %s", describe(r))
	for i, v := range e.Mistakes {
		r := run(t, e, all[i+1], judge.Options{Batch: batch, Env: []string{"KATA_SLOW=0.4"}})
		require.Equal(t, v.Requirements, failing(r), "%s: %s", v.Name, describe(r))
		require.Contains(t, v.Symptoms, r.FirstFailure().Failures[0].Symptom, v.Name)
		checkArenas(t, e, v, r)
	}
	if remote.Supported {
		require.NoError(t, boundary.Check(e, e.Reference, goCommandIn(t, e)))
		r = run(t, e, all[0], judge.Options{Process: true, NoVet: true})
		require.Equal(t, judge.Passed, r.Verdict, "right code was failed in a process of its own: %s", describe(r))
	}
}

// seams returns the exercises of testdata/seams, in a repository of their own.
// What every exercise has and these need not say is filled in.
func seams(t *testing.T) []*catalog.Exercise {
	t.Helper()
	here, err := catalog.FindRoot(".")
	require.NoError(t, err)
	root := t.TempDir()
	require.NoError(t, os.CopyFS(root, os.DirFS("testdata/seams")))
	for _, file := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(here, file))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(root, file), text, 0o644))
	}
	require.NoError(t, copyPackages(filepath.Join(root, "harness"), os.DirFS(".")))
	c, err := catalog.Open(root)
	require.NoError(t, err)
	for _, e := range c.Exercises {
		stub := filepath.Join(e.SolutionDir, "testdata", "stub")
		require.NoError(t, copyPackages(stub, os.DirFS(e.Dir)))
		hints := "## R1, R2, R3\n\n1. nudge\n2. idea\n3. shape\n"
		require.NoError(t, os.WriteFile(filepath.Join(e.Dir, "hints.md"), []byte(hints), 0o644))
	}
	return c.Exercises
}

// copyPackages copies the Go files that are no tests.
func copyPackages(to string, from fs.FS) error {
	return fs.WalkDir(from, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == "testdata" {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, path), 0o755)
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := fs.ReadFile(from, path)
		if err != nil {
			return fmt.Errorf("copy %s: %w", path, err)
		}
		return os.WriteFile(filepath.Join(to, path), text, 0o644)
	})
}
