package harness_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
)

// TestKnownMistakesPassVet runs go vet over the wrong variants: a learner who
// makes such a mistake meets the tests and not vet. Within go test vet would
// look at all that is imported, for each of the variants again. So they become
// packages of a module of their own, which is vetted at one go.
func TestKnownMistakesPassVet(t *testing.T) {
	eachExercise(t, func(t *testing.T, e *catalog.Exercise) {
		module := t.TempDir()
		copyFile(t, filepath.Join(e.Root(), "go.mod"), module, "go.mod")
		copyFile(t, filepath.Join(e.Root(), "go.sum"), module, "go.sum")
		for _, v := range e.Wrong {
			dir := filepath.Join(module, v.Name)
			require.NoError(t, os.Mkdir(dir, 0o755))
			for _, path := range e.Reference {
				copyFile(t, path, dir, filepath.Base(path))
			}
			copyFile(t, v.File, dir, e.Slug+".go")
		}
		vet := exec.CommandContext(t.Context(), "go", "vet", "./...")
		vet.Dir = module
		out, err := vet.CombinedOutput()
		require.NoError(t, err, "go vet refuses a wrong variant of %s:\n%s", e.Name, out)
	})
}

func copyFile(t *testing.T, from, dir, name string) {
	t.Helper()
	text, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o644))
}
