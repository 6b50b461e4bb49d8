package harness_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
// What every exercise has and these need not say is filled in. The repository
// stays where it is, because the go command remembers by the folder what it has
// compiled.
func seams(t *testing.T) []*catalog.Exercise {
	t.Helper()
	here, err := catalog.FindRoot(".")
	require.NoError(t, err)
	root := filepath.Join(here, ".kata", "seams")
	files := map[string]string{}
	gather(t, files, "", "testdata/seams", func(string) bool { return true })
	gather(t, files, "harness", ".", isPackage)
	for _, file := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(here, file))
		require.NoError(t, err)
		files[file] = string(text)
	}
	dirs, err := filepath.Glob("testdata/seams/exercises/*")
	require.NoError(t, err)
	for _, dir := range dirs {
		name := filepath.Base(dir)
		files[filepath.Join("exercises", name, "hints.md")] = "## R1, R2, R3\n\n1. nudge\n2. idea\n3. shape\n"
		gather(t, files, filepath.Join("solutions", name, "testdata", "stub"), dir, isPackage)
	}
	put(t, files, root)
	c, err := catalog.Open(root)
	require.NoError(t, err)
	return c.Exercises
}

// isPackage reports whether a file belongs to a package and is no test.
func isPackage(path string) bool {
	return strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") &&
		!slices.Contains(strings.Split(filepath.ToSlash(path), "/"), "testdata")
}

// gather reads the files below from that are wanted.
func gather(t *testing.T, files map[string]string, to, from string, wanted func(path string) bool) {
	t.Helper()
	require.NoError(t, fs.WalkDir(os.DirFS(from), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !wanted(path) {
			return err
		}
		text, err := os.ReadFile(filepath.Join(from, path))
		files[filepath.Join(to, filepath.FromSlash(path))] = string(text)
		return err
	}))
}

// put makes these the files of a folder, and touches none that is as it should be.
func put(t *testing.T, files map[string]string, dir string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if _, wanted := files[name]; err == nil && !wanted { // of an earlier run
			err = os.Remove(path)
		}
		return err
	}))
	for name, text := range files {
		bring(t, text, filepath.Join(dir, name))
	}
}
