package harness_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
)

// TestKnownMistakesPassVet runs go vet over the mistakes: a learner who makes
// one meets the tests and not vet. Within go test vet would look at all that is
// imported, for each of the mistakes again. So they become
// packages of a module of their own, which is vetted at one go. It stays where
// it is, because the go command remembers by the folder what it has vetted.
func TestKnownMistakesPassVet(t *testing.T) {
	eachExercise(t, func(t *testing.T, e *catalog.Exercise) {
		module := filepath.Join(e.Root(), ".kata", "vetted", e.Name)
		for _, file := range []string{"go.mod", "go.sum"} {
			text, err := os.ReadFile(filepath.Join(e.Root(), file))
			require.NoError(t, err)
			bring(t, string(text), filepath.Join(module, file))
		}
		args := []string{"vet"}
		for _, v := range e.Mistakes {
			for base, text := range v.Code {
				bring(t, text, filepath.Join(module, v.Name, base))
			}
			there, err := os.ReadDir(filepath.Join(module, v.Name))
			require.NoError(t, err)
			for _, old := range there {
				if v.Code[old.Name()] == "" { // of an earlier run
					require.NoError(t, os.Remove(filepath.Join(module, v.Name, old.Name())))
				}
			}
			args = append(args, "./"+v.Name)
		}
		vet := exec.CommandContext(t.Context(), "go", args...)
		vet.Dir = module
		out, err := vet.CombinedOutput()
		require.NoError(t, err, "go vet refuses a mistake of %s:\n%s", e.Name, out)
	})
}

// bring writes a file, unless it is there: somebody else may be reading it.
func bring(t *testing.T, text, to string) {
	t.Helper()
	if there, err := os.ReadFile(to); err == nil && string(there) == text {
		return
	}
	require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
	require.NoError(t, os.WriteFile(to, []byte(text), 0o644))
}
