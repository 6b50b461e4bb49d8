package unit

import (
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/grade/sandbox"
)

// TestCatchInTheSandbox tries a student's tests with and without a sandbox: both
// give the same outcome.
func TestCatchInTheSandbox(t *testing.T) {
	t.Parallel()
	root, err := catalog.FindRoot(".")
	require.NoError(t, err)
	c, err := catalog.Open(root)
	require.NoError(t, err)
	e, err := c.Find("05")
	require.NoError(t, err)
	require.NoError(t, e.Load())
	e.Mistakes = slices.DeleteFunc(e.Mistakes, func(m catalog.Mistake) bool {
		return m.Name != "waits-for-newline" && m.Name != "never-closes-conn" && m.Name != "reads-ahead"
	})
	text, err := os.ReadFile(e.CatchStarter()[0])
	require.NoError(t, err)
	tests := map[string]string{"catch_test.go": string(text), "no_test.go": "package catch\n\nimport \"testing\"\n\nfunc TestNo(t *testing.T) { t.Fail() }\n"}
	for _, kind := range []sandbox.Kind{sandbox.None, sandbox.Auto} {
		j, err := New(t.Context(), Options{Root: root, Sandbox: string(kind)})
		if errors.Is(err, sandbox.ErrNoSandbox) {
			t.Skip(err)
		}
		require.NoError(t, err)
		defer j.Close()
		out, err := j.Catch(t.Context(), e, tests)
		require.NoError(t, err)
		require.Empty(t, out.Why)
		require.Equal(t, []int{1, 3}, []int{out.Caught, out.Of}, j.Sandbox())
		require.Equal(t, []string{`TestNo fails the right answer "reference", so it does not count`}, out.Void)
		again, err := j.Catch(t.Context(), e, tests)
		require.NoError(t, err)
		require.Equal(t, out, again)
	}
}
