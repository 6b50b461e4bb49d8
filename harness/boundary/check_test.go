package boundary

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
)

// fixture is an exercise that is in no folder.
func fixture(t *testing.T) *catalog.Exercise {
	t.Helper()
	c, err := catalog.Open(".")
	require.NoError(t, err)
	e := *c.Exercises[0]
	e.Slug, e.Name = "fixture", "99-fixture"
	e.Dir = filepath.Join(c.Root, "exercises", e.Name)
	return &e
}

func inRoot(t *testing.T, e *catalog.Exercise) GoCommand {
	return func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = e.Root()
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	require.NoError(t, err)
	return abs
}

// TestRefused reads, line by line, what cannot cross and why.
func TestRefused(t *testing.T) {
	t.Parallel()
	e, path := fixture(t), absolute(t, "testdata/refused.go")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	want := map[int]string{}
	for i, line := range strings.Split(string(text), "\n") {
		if _, why, ok := strings.Cut(line, "// want: "); ok {
			want[i+1] = why
		}
	}
	require.Greater(t, len(want), 20)
	got := map[int]string{}
	err = Check(e, []string{path}, inRoot(t, e))
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "%v", err)
	for _, one := range joined.Unwrap() {
		p, ok := errors.AsType[*catalog.Problem](one)
		require.True(t, ok, "%v", one)
		require.Equal(t, "harness/boundary/testdata/refused.go", p.File)
		got[p.Line] = p.Text
	}
	require.Equal(t, slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)), "the lines; got %v", err)
	for line, why := range want {
		assert.Contains(t, got[line], why, "line %d", line)
		assert.Contains(t, got[line], " cannot cross to another process: ", "line %d", line)
	}
	require.Equal(t, `parameter c of New has the type *net.TCPConn, which cannot cross to another process: it is lent for one call, `+
		`and what the function returns may keep it; change the API, or write "Process arena: no, because …" into README.md`,
		got[slices.Max(slices.Collect(maps.Keys(want)))])
}

// TestCarried finds nothing wrong with what crosses, and compiles the two
// packages that are written for it.
func TestCarried(t *testing.T) {
	t.Parallel()
	e, path := fixture(t), absolute(t, "testdata/carried.go")
	goCommand := inRoot(t, e)
	require.NoError(t, Check(e, []string{path}, goCommand))
	a, err := Read(e, []string{path})
	require.NoError(t, err)
	proxy, err := a.Proxy()
	require.NoError(t, err)
	for _, marked := range []string{
		`"Listen4", []any{&a0, &a1}, []any{remote.FD(&r0), &r1, &r2}`, `"Accept", []any{remote.FD(&a0)}, []any{remote.FD(&r0), &r1, &r2}`,
		`"Pair", []any{}, []any{remote.FDs(&r0), &r1}`, `"Poll", []any{&a0, remote.FDs(&a1)}, []any{&r0, &r1}`,
	} {
		require.Contains(t, string(proxy), marked)
	}
	program, err := a.Program(e)
	require.NoError(t, err)
	dir := t.TempDir()
	place := func(name string, text []byte) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, text, 0o644))
		return file
	}
	for name, replace := range map[string]map[string]string{
		"proxy":   {"fixture.go": place("proxy.go", proxy)},
		"program": {"fixture.go": path, "process/main.go": place("main.go", program)},
	} {
		overlay := map[string]string{}
		for base, file := range replace {
			overlay[filepath.Join(e.Dir, filepath.FromSlash(base))] = file
		}
		text, err := json.Marshal(map[string]any{"Replace": overlay})
		require.NoError(t, err)
		out, err := goCommand("build", "-overlay="+place(name+".json", text), "-o", os.DevNull, "./exercises/99-fixture/...")
		require.NoError(t, err, "%s: %s", name, out)
	}
}

func TestDeclined(t *testing.T) {
	t.Parallel()
	e := fixture(t)
	e.Dir = t.TempDir()
	_, err := Declined(e)
	require.ErrorIs(t, err, os.ErrNotExist)
	for text, want := range map[string]string{
		"# Echo\n\nProcess arena: no, because it counts threads.\n": "it counts threads.", "# Echo\n": "", "Process arena: no\n": "",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(e.Dir, "README.md"), []byte(text), 0o644))
		because, err := Declined(e)
		require.NoError(t, err)
		require.Equal(t, want, because)
	}
}

// TestUnreadable: what is no Go code, or imports what is nowhere, is one
// sentence, too.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	e := fixture(t)
	for text, want := range map[string]string{
		"package fixture\n\nfunc Serve(":                                "expected",
		"package fixture\n\nimport \"no/such\"\n\nvar ErrA = such.Err":  "go list",
		"package fixture\n\nfunc Serve(c Missing) error { return nil }": "undefined: Missing",
	} {
		path := filepath.Join(t.TempDir(), "fixture.go")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		require.ErrorContains(t, Check(e, []string{path}, inRoot(t, e)), want)
	}
}
