package judge

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
)

// TestHarnessIsNotImported: a candidate that links the harness could write
// results of its own, so it is refused before it is built.
func TestHarnessIsNotImported(t *testing.T) {
	t.Parallel()
	c, err := catalog.Open("../..")
	require.NoError(t, err)
	e, err := c.Find("05")
	require.NoError(t, err)
	require.NoError(t, e.Load())
	for forge, found := range map[string]string{
		"package echo\n\nimport _ \"socketkata/harness/results\"\n":                                  "forge.go:3 imports socketkata/harness/results",
		"//go:build plan9\n\npackage echo\n//line other.go:77\nimport \"socketkata/harness/peer\"\n": "forge.go:5 imports socketkata/harness/peer",
		"package echo\nimport . \"socketkata/harness\"\nfunc {":                                      "forge.go:2 imports socketkata/harness",
	} {
		forger := Candidate{Name: "forger", Texts: map[string]string{"echo.go": "package echo\n", "forge.go": forge}}
		want := found + ": only tests may; remove the import"
		for _, o := range []Options{{}, {Process: true}} {
			_, err := Judge(t.Context(), e, forger, o)
			require.EqualError(t, err, "judge 05-echo: "+want)
		}
		_, err := Build(t.Context(), e, forger)
		require.EqualError(t, err, want)
	}
	reference, err := e.ReferenceCode()
	require.NoError(t, err)
	require.NoError(t, Candidate{Texts: reference}.checkImports(e.Root()))
}

func TestHarnessIsNotImportedByAHelper(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	helper := filepath.Join(root, "exercises", "05-echo", "helper")
	require.NoError(t, os.MkdirAll(helper, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(helper, "helper.go"),
		[]byte("package helper\n\nimport (\n\t_ \"socketkata/exercises/05-echo\"\n\t_ \"socketkata/harness/results\"\n)\n"), 0o644))
	c := Candidate{Texts: map[string]string{"echo.go": "package echo\n\nimport _ \"socketkata/exercises/05-echo/helper\"\n"}}
	require.EqualError(t, c.checkImports(root),
		"exercises/05-echo/helper/helper.go:5 imports socketkata/harness/results: only tests may; remove the import")
}
