package harness_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
)

// TestOverlays: an overlay.json puts the reference in the place of a learner's
// code, for benchmarks. The go command ignores a path that does not exist.
func TestOverlays(t *testing.T) {
	t.Parallel()
	root, err := catalog.FindRoot(".")
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(root, "solutions/*/testdata/overlay.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var overlay struct{ Replace map[string]string }
		require.NoError(t, json.Unmarshal(text, &overlay), file)
		slug := filepath.Base(filepath.Dir(filepath.Dir(file)))
		references, err := filepath.Glob(filepath.Join(root, "solutions", slug, "*.go"))
		require.NoError(t, err)
		want := map[string]string{}
		for _, path := range references {
			name := filepath.Base(path)
			want["exercises/"+slug+"/"+name] = "solutions/" + slug + "/" + name
		}
		require.Equal(t, want, overlay.Replace, "%s replaces the whole code", file)
	}
}
