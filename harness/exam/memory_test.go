package exam

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func unset(string) string { return "" }

// TestEveryInputChangesTheKey changes one byte in each kind of input.
func TestEveryInputChangesTheKey(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write := func(file, text string) {
		path := filepath.Join(root, file)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	files := []string{"exercises/05-echo/echo_test.go", "exercises/05-echo/README.md", "solutions/05-echo/echo.go",
		"solutions/05-echo/testdata/wrong/one.patch", "harness/judge/judge.go", "harness/testdata/deep/down.txt", "go.mod", "go.sum"}
	for _, file := range files {
		write(file, "a")
	}
	key := func(change ...func(*Memory)) string {
		t.Helper()
		m := NewMemory(root, unset)
		for _, f := range change {
			f(m)
		}
		key, err := m.Key("stubs 05-echo", Inputs("05-echo")...)
		require.NoError(t, err)
		return key
	}
	before := key()
	require.Equal(t, before, key(), "nothing has changed")
	for _, file := range files {
		write(file, "b")
		require.NotEqual(t, before, key(), file)
		write(file, "a")
		require.Equal(t, before, key(), file)
	}
	write("solutions/05-echo/testdata/wrong/two.patch", "")
	require.NotEqual(t, before, key(), "a new file")
	require.NoError(t, os.Remove(filepath.Join(root, "solutions/05-echo/testdata/wrong/two.patch")))
	require.NoError(t, os.Chmod(filepath.Join(root, "go.sum"), 0o600))
	require.NotEqual(t, before, key(), "permissions")
	require.NoError(t, os.Chmod(filepath.Join(root, "go.sum"), 0o644))
	require.NotEqual(t, before, key(func(m *Memory) { m.machine += "." }), "the machine")

	write("exercises/06-lines/lines_test.go", "another exercise")
	write("solutions/06-lines/testdata/wrong/one.patch", "another exercise")
	require.Equal(t, before, key())
}

func TestMachineHasTheEnvironment(t *testing.T) {
	require.Equal(t, machine(), machine())
	for _, variable := range []string{"GOFLAGS", "GORACE", "GOMAXPROCS", "KATA_SLOW", "CGO_ENABLED", "CC"} {
		before := machine()
		t.Setenv(variable, "1")
		require.NotEqual(t, before, machine(), variable)
		require.NoError(t, os.Unsetenv(variable))
	}
	require.Empty(t, environment([]string{"HOME=/", "EX=05", "KATA_ROOT=/here", "ALL=1"}))
}

func TestMemory(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	m := NewMemory(root, unset)
	require.False(t, m.Passed("stubs/05-echo", "key"))
	require.NoError(t, m.Remember("stubs/05-echo", "key"))
	require.True(t, m.Passed("stubs/05-echo", "key"))
	require.False(t, m.Passed("stubs/05-echo", "another key"))
	require.False(t, m.Passed("stubs/06-lines", "key"))
	for variable, forgets := range map[string]bool{"ALL": true, "CI": true, "EX": false} {
		m := NewMemory(root, func(name string) string {
			if name == variable {
				return "1"
			}
			return ""
		})
		require.Equal(t, !forgets, m.Passed("stubs/05-echo", "key"), variable)
	}
}

// TestRememberPackages: a package that skipped something is judged again, unless
// that is left out everywhere.
func TestRememberPackages(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	log := filepath.Join(root, "log")
	require.NoError(t, os.WriteFile(log, []byte(`
{"Action":"output","Package":"k/whole","Test":"TestSoak","Output":"    soak_test.go:25: left out: make soak runs this\n"}
{"Action":"skip","Package":"k/whole","Test":"TestSoak"}
{"Action":"pass","Package":"k/whole","Test":"TestA"}
{"Action":"pass","Package":"k/whole"}
{"Action":"output","Package":"k/part","Test":"TestSoak","Output":"    soak_test.go:25: left out: make soak runs this\n"}
{"Action":"skip","Package":"k/part","Test":"TestSoak"}
{"Action":"skip","Package":"k/part","Test":"TestA"}
{"Action":"pass","Package":"k/part"}
{"Action":"pass","Package":"k/red","Test":"TestA"}
{"Action":"fail","Package":"k/red"}
{"Action":"pass","Package":"k/killed","Test":"TestA"}
{"Action":`), 0o644))
	m := NewMemory(root, unset)
	var units []tested
	for _, name := range []string{"whole", "part", "red", "killed"} {
		units = append(units, tested{path: "k/" + name, part: "package " + name, key: name})
	}
	require.NoError(t, rememberPackages(m, units, log))
	for _, u := range units {
		require.Equal(t, u.key == "whole", m.Passed(u.part, u.key), u.key)
	}
}

// TestProblems: none of them ends the exam, and each is one sentence.
func TestProblems(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, ".kata"), nil, 0o644))
	m := NewMemory(root, unset)
	_, err := m.Key("stubs/05-echo", ".kata/inside-a-file")
	require.ErrorContains(t, err, "hash the inputs of stubs/05-echo: ")
	require.ErrorContains(t, m.Remember("stubs/05-echo", "key"), "remember that stubs/05-echo has passed: ")
	require.ErrorContains(t, m.Keep("run stub", "key", 1), "keep what run stub has found: ")
	require.ErrorContains(t, rememberPackages(m, nil, filepath.Join(root, ".kata", "log")), "remember which packages have passed: ")
	require.NoError(t, rememberPackages(m, nil, filepath.Join(root, "none")), "gotestsum did not start")
	_, err = packages(t.Context(), m)
	require.ErrorContains(t, err, "list the packages of the harness: ")
}
