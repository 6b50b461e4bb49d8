package gradescope_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/grade/gradescope"
)

var small = fstest.MapFS{
	"go.mod":                                  {Data: []byte("module socketkata\n\ngo 1.26.0\n")},
	"go.sum":                                  {},
	"exercises/05-echo/echo.go":               {Data: []byte("package echo\n")},
	"exercises/05-echo/echo_test.go":          {Data: []byte("package echo\n")},
	"solutions/05-echo/echo.go":               {Data: []byte("package echo // secret\n")},
	"solutions/05-echo/testdata/stub/echo.go": {Data: []byte("package echo\n")},
	"exercises/.kept/echo.go":                 {Data: []byte("package echo // somebody's\n")},
	"harness/judge/judge.go":                  {Data: []byte("package judge\n")},
	"harness/judge/judge_test.go":             {Data: []byte("package judge\n")},
	"harness/judge/testdata/x/x.go":           {Data: []byte("package x\n")},
	"harness/testdata/seams/01/seam.go":       {Data: []byte("package seam\n")},
}

func TestTheArchiveHasNoSolutions(t *testing.T) {
	t.Parallel()
	o := gradescope.Options{Exercises: []string{"05-echo"}, Sandbox: "auto", Show: "it's", Policy: []byte("{}")}
	var b, again bytes.Buffer
	require.NoError(t, gradescope.Zip(&b, small, o))
	require.NoError(t, gradescope.Zip(&again, small, o))
	require.Equal(t, b.Bytes(), again.Bytes(), "the same repository gives the same bytes")
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	require.NoError(t, err)
	modes := map[string]os.FileMode{}
	for _, f := range z.File {
		modes[f.Name] = f.Mode()
	}
	require.Equal(t, map[string]os.FileMode{"setup.sh": 0o755, "run_autograder": 0o755, "options.sh": 0o644, "policy.json": 0o644,
		"kata/go.mod": 0o644, "kata/go.sum": 0o644, "kata/exercises/05-echo/echo.go": 0o644, "kata/exercises/05-echo/echo_test.go": 0o644,
		"kata/exercises/05-echo/testdata/stub/echo.go": 0o644,
		"kata/harness/judge/judge.go":                  0o644}, modes)
	options, err := z.Open("options.sh")
	require.NoError(t, err)
	defer options.Close()
	var text bytes.Buffer
	_, err = text.ReadFrom(options)
	require.NoError(t, err)
	require.Equal(t, "GO_VERSION=1.26.0\nEXERCISES='05-echo'\nSANDBOX='auto'\nSHOW='it'\\''s'\n", text.String())
	require.ErrorContains(t, gradescope.Zip(&b, fstest.MapFS{"go.mod": {}}, o), "find the version of Go: go.mod has no go line")
}

// unpack makes /autograder of an archive, elsewhere.
func unpack(t *testing.T, archive string) string {
	t.Helper()
	dir := t.TempDir()
	z, err := zip.OpenReader(archive)
	require.NoError(t, err)
	defer z.Close()
	require.NoError(t, os.CopyFS(filepath.Join(dir, "source"), z))
	for _, name := range []string{"submission", "results"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o755))
	}
	return dir
}

// TestRunAutograder builds the archive of this repository and lets its
// run_autograder grade the reference and a stub, as Gradescope would in a
// container. kata is built from the archive alone.
func TestRunAutograder(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil || runtime.GOOS != "linux" {
		t.Skip("Gradescope's containers are Linux, with bash")
	}
	root, err := catalog.FindRoot(".")
	require.NoError(t, err)
	archive := filepath.Join(t.TempDir(), "autograder.zip")
	require.NoError(t, gradescope.Write(archive, root, gradescope.Options{Exercises: []string{"01-dial"}, Sandbox: "none"}))
	dir := unpack(t, archive)
	kata := filepath.Join(dir, "kata")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", kata, "./harness/cmd/kata")
	build.Dir = filepath.Join(dir, "source", "kata")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)

	grade := func(from string) (map[string]any, string) {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(root, from))
		require.NoError(t, err)
		place := filepath.Join(dir, "submission", "01-dial")
		require.NoError(t, os.MkdirAll(place, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(place, "dial.go"), text, 0o644))
		cmd := exec.CommandContext(t.Context(), bash, filepath.Join(dir, "source", "run_autograder"))
		cmd.Env = append(os.Environ(), "AUTOGRADER="+dir, "KATA="+kata, "KATA_ROOT=", "EX=", "IN=", "OUT=")
		said, err := cmd.CombinedOutput()
		status := ""
		if err != nil {
			status = err.Error()
		}
		t.Logf("%s", said)
		result, err := os.ReadFile(filepath.Join(dir, "results", "results.json"))
		require.NoError(t, err)
		var doc map[string]any
		require.NoError(t, json.Unmarshal(result, &doc), "%s", result)
		return doc, status
	}
	doc, status := grade("solutions/01-dial/dial.go")
	require.Empty(t, status)
	require.Equal(t, 1.0, doc["score"], "%v", doc)
	doc, status = grade("exercises/01-dial/dial.go")
	require.Empty(t, status, "a bad score is no failure of the grader")
	require.Equal(t, 0.0, doc["score"])
	require.NotEmpty(t, doc["tests"])

	require.NoError(t, os.WriteFile(kata, []byte("#!/bin/sh\nexit 3\n"), 0o755))
	doc, status = grade("exercises/01-dial/dial.go")
	require.Equal(t, "exit status 3", status)
	require.True(t, strings.HasPrefix(doc["output"].(string), "The grader did not finish, so this is no verdict."))
}
