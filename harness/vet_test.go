package harness_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
)

// TestKnownMistakesPassVet runs go vet over the wrong variants: a learner who
// makes such a mistake meets the tests and not vet. Within go test vet would
// look at all that is imported, for each of the variants again. So they become
// packages of a module of their own, which is vetted at one go. It stays where
// it is, because the go command remembers by the folder what it has vetted.
func TestKnownMistakesPassVet(t *testing.T) {
	eachExercise(t, func(t *testing.T, e *catalog.Exercise) {
		module := filepath.Join(e.Root(), ".kata", "vetted", e.Name)
		bring(t, filepath.Join(e.Root(), "go.mod"), filepath.Join(module, "go.mod"))
		bring(t, filepath.Join(e.Root(), "go.sum"), filepath.Join(module, "go.sum"))
		args := []string{"vet"}
		for _, v := range e.Wrong {
			files := judge.WrongOrRight(e, v).Files
			for base, path := range files {
				bring(t, path, filepath.Join(module, v.Name, base))
			}
			there, err := os.ReadDir(filepath.Join(module, v.Name))
			require.NoError(t, err)
			for _, old := range there {
				if files[old.Name()] == "" { // of an earlier run
					require.NoError(t, os.Remove(filepath.Join(module, v.Name, old.Name())))
				}
			}
			args = append(args, "./"+v.Name)
		}
		vet := exec.CommandContext(t.Context(), "go", args...)
		vet.Dir = module
		out, err := vet.CombinedOutput()
		require.NoError(t, err, "go vet refuses a wrong variant of %s:\n%s", e.Name, out)
	})
}

// bring copies a file, unless it is there: somebody else may be reading it.
func bring(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	require.NoError(t, err)
	if there, err := os.ReadFile(to); err == nil && bytes.Equal(there, text) {
		return
	}
	require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
	require.NoError(t, os.WriteFile(to, text, 0o644))
}
