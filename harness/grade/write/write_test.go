package write_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/grade/book/booktest"
	"socketkata/harness/grade/write"
)

var update = flag.Bool("update", false, "write the golden files again")

// options ask for every format.
func options() write.Options {
	return write.Options{Formats: write.Formats(), Roster: []byte("Student,ID,SIS Login ID\nAlder Harbour,1,\nBirch Tower,2,\nCedar Mill,3,\n"), Mark: "f00d", ID: identity}
}

// TestGolden compares the files of a small class with those that were looked at
// and validated. The pages have tests of their own.
func TestGolden(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := booktest.Class(3)
	b.Exercises = b.Exercises[5:8]
	for i := range b.Students {
		b.Students[i].Units = b.Students[i].Units[5:8]
	}
	paths, err := write.All(dir, b, options())
	require.NoError(t, err)
	n := 0
	for _, path := range paths {
		rel, err := filepath.Rel(dir, path)
		require.NoError(t, err)
		if filepath.Ext(path) == ".html" {
			continue
		}
		n++
		golden := filepath.Join("testdata", "golden", rel)
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		if *update {
			require.NoError(t, os.MkdirAll(filepath.Dir(golden), 0o755))
			require.NoError(t, os.WriteFile(golden, got, 0o644))
		}
		want, err := os.ReadFile(golden)
		require.NoError(t, err, "go test ./harness/grade/write -update writes it")
		require.Equal(t, string(want), string(got), "%s: if that is right, go test ./harness/grade/write -update", rel)
	}
	require.Equal(t, 15, n)
}

// TestOneFaultKeepsNoOtherFileBack grades a class in which some results cannot
// be said in one format.
func TestOneFaultKeepsNoOtherFileBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := options()
	o.Formats = []string{"classroom50", "junit"}
	old := filepath.Join(dir, "classroom50", "01-script-alert-1-script.json")
	require.NoError(t, os.MkdirAll(filepath.Dir(old), 0o755))
	require.NoError(t, os.WriteFile(old, []byte("an older result"), 0o644))
	b := booktest.New()
	b.Students[0].Units = nil // the grader has nothing to say
	paths, err := write.All(dir, b, o)
	require.ErrorContains(t, err, "write classroom50/01-script-alert-1-script.json: the grader failed")
	require.NoFileExists(t, old, "it would be taken for the new result")
	require.FileExists(t, filepath.Join(dir, "junit.xml"))
	require.True(t, slices.ContainsFunc(paths, func(p string) bool { return strings.Contains(p, "classroom50") }), "the other students have theirs")
	for _, p := range paths {
		parts, err := filepath.Glob(filepath.Join(filepath.Dir(p), ".kata-*"))
		require.NoError(t, err)
		require.Empty(t, parts)
	}

	mine := filepath.Join(dir, "classroom50", "notes.json")
	require.NoError(t, os.WriteFile(mine, nil, 0o644))
	b.Students = b.Students[:1]
	_, err = write.All(dir, b, o)
	require.Error(t, err)
	left, err := os.ReadDir(filepath.Dir(mine))
	require.NoError(t, err)
	require.Len(t, left, 1, "nothing is left of students who are not in the book, and what others wrote is")
}

func TestCheckRefusesBeforeTheWork(t *testing.T) {
	t.Parallel()
	require.EqualError(t, write.Check(write.Options{Formats: []string{"pdf"}}),
		`there is no format "pdf": the formats are canvas, classroom50, csv, github, gradescope, html, junit, prairielearn`)
	require.EqualError(t, write.Check(write.Options{Formats: []string{"canvas"}}),
		"the format canvas fills in a gradebook: export it from Canvas and name the file with --roster")
	require.Error(t, write.Check(write.Options{Detail: "all"}))
	require.NoError(t, write.Check(options()))
}
