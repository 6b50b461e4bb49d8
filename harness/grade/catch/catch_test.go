package catch

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
)

// echo is 05-echo with a few of its mistakes.
func echo(t *testing.T, mistakes ...string) *catalog.Exercise {
	t.Helper()
	return exercise(t, "05", mistakes...)
}

// exercise is an exercise with a few of its mistakes.
func exercise(t *testing.T, ex string, mistakes ...string) *catalog.Exercise {
	t.Helper()
	root, err := catalog.FindRoot(".")
	require.NoError(t, err)
	c, err := catalog.Open(root)
	require.NoError(t, err)
	e, err := c.Find(ex)
	require.NoError(t, err)
	require.NoError(t, e.Check())
	e.Mistakes = slices.DeleteFunc(e.Mistakes, func(m catalog.Mistake) bool { return !slices.Contains(mistakes, m.Name) })
	require.Len(t, e.Mistakes, len(mistakes))
	return e
}

const head = `package catch

import (
	"testing"

	echo "socketkata/exercises/05-echo"
	"socketkata/harness/peer"
)
`

// good catches the server that takes one Read for a conversation.
const good = `
func TestTwoLines(t *testing.T) {
	peer.Run(t, "a client gets both lines back", func(b *peer.Bench) {
		client := b.Dial(b.Serve(echo.Serve))
		client.Send("one\n")
		client.Expect("the first line comes back", "one\n")
		client.Send("two\n")
		client.Expect("the second line comes back", "two\n")
	})
}
`

// strange has tests that right answers fail, each in another way.
const strange = head + `
func TestShouts(t *testing.T) {
	peer.Run(t, "the server shouts", func(b *peer.Bench) {
		client := b.Dial(b.Serve(echo.Serve))
		client.Send("one\n")
		client.Expect("the line comes back", "ONE\n")
	})
}

func TestPanics(t *testing.T) { panic("a panic of the test's own") }

func TestNeverEnds(t *testing.T) {
	for {
	}
}
`

func TestTry(t *testing.T) {
	t.Parallel()
	e := echo(t, "one-read-per-client", "silent-client-ends-server", "roundtrip-closes-conn")
	o := Default()
	o.Limit = 5 * time.Second
	out, err := Try(t.Context(), e, map[string]string{"good_test.go": head + good, "strange_test.go": strange}, o)
	require.NoError(t, err)
	require.Empty(t, out.Why)
	require.Equal(t, []int{1, 3}, []int{out.Caught, out.Of})
	require.Equal(t, map[string]int{"R4": 1, "R16": 1}, out.Missed)
	require.Equal(t, []string{"TestTwoLines"}, without(out.Tests, out.Voided))
	require.Equal(t, []string{
		`TestShouts fails the right answer "reference", so it does not count`,
		`TestPanics fails the right answer "reference", so it does not count`,
		`TestNeverEnds does not end with the right answer "reference", so it does not count`,
	}, out.Void)
	require.Equal(t, []string{reference}, out.Refused)
	require.Contains(t, out.Voided[0].Output, `"ONE\n"`)
	require.Contains(t, out.Voided[1].Output, "a panic of the test's own")
}

func TestNoTestCounts(t *testing.T) {
	t.Parallel()
	out, err := Try(t.Context(), echo(t, "one-read-per-client"), map[string]string{"a_test.go": head + good + "\nfunc TestNo(t *testing.T) { t.Fatal() }\n"}, Default())
	require.NoError(t, err)
	require.Equal(t, 1, out.Caught, "a test that fails everything changes nothing")
}

func TestDoesNotCompile(t *testing.T) {
	t.Parallel()
	out, err := Try(t.Context(), echo(t, "one-read-per-client"), map[string]string{"a_test.go": head + good + "\nvar x = echo.Nothing\n"}, Default())
	require.NoError(t, err)
	require.Regexp(t, `^the tests do not compile: a_test\.go:20(:14)?: undefined: echo\.Nothing$`, out.Why)
	require.Zero(t, out.Caught)
}

// TestStarters wants the test that a learner begins with to count, to catch one
// mistake, and to leave something to do.
func TestStarters(t *testing.T) {
	t.Parallel()
	for ex, mistakes := range map[string]struct{ caught, missed string }{
		"01": {"one-read", "no-half-close"},
		"02": {"never-closes-conn", "no-reuseaddr"},
		"05": {"never-closes-conn", "reads-ahead"},
		"06": {"one-read-one-line", "limit-off-by-one"},
		"07": {"one-read-one-frame", "no-limit"},
		"09": {"handler-called-in-the-accept-loop", "no-recover"},
		"10": {"echo-to-sender", "taken-name-accepted"},
	} {
		t.Run(ex, func(t *testing.T) {
			t.Parallel()
			e := exercise(t, ex, mistakes.caught, mistakes.missed)
			require.Len(t, e.CatchStarter(), 1)
			text, err := os.ReadFile(e.CatchStarter()[0])
			require.NoError(t, err)
			there, err := os.ReadFile(filepath.Join(e.Dir, catalog.CatchFolder, "catch_test.go"))
			require.NoError(t, err)
			require.Equal(t, string(text), string(there), "a learner begins with the starter")
			out, err := Try(t.Context(), e, map[string]string{"catch_test.go": string(text)}, Default())
			require.NoError(t, err)
			require.Empty(t, out.Why)
			require.Empty(t, out.Void)
			require.Equal(t, 1, out.Caught)
			i := slices.IndexFunc(e.Mistakes, func(m catalog.Mistake) bool { return m.Name == mistakes.missed })
			require.Equal(t, map[string]int{e.Mistakes[i].Requirements[0]: 1}, out.Missed)
		})
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	e := echo(t)
	importing := func(path, use string) string {
		return "package catch\n\nimport (\n\t" + path + "\n\t\"testing\"\n)\n\n" + use + "\n\nfunc TestX(t *testing.T) {}\n"
	}
	for text, want := range map[string]string{
		head + good: "",
		importing(`"time"`, "const d = 3 * time.Second"):              "",
		importing(`"net"`, "var c net.Conn"):                          "",
		"package catch\n":                                             "there is no test: write a function TestX(t *testing.T) in a file that ends in _test.go",
		"package echo_test\n":                                         "a_test.go:1: write package catch, not echo_test",
		"package catch\nfunc {":                                       "the tests do not compile: a_test.go:2:6: expected 'IDENT', found '{'",
		"package catch\n\nfunc TestMain() {}\n":                       "TestMain is not allowed here: leave it out",
		importing(`"os"`, "var _ = os.Args"):                          "a_test.go:4: package os is not allowed in these tests",
		importing(`_ "unsafe"`, ""):                                   "a_test.go:4: package unsafe is not allowed in these tests",
		importing(`"socketkata/solutions/05-echo"`, ""):               "a_test.go:4: package socketkata/solutions/05-echo is not allowed in these tests",
		importing(`"socketkata/harness/results"`, ""):                 "a_test.go:4: package socketkata/harness/results is not allowed in these tests",
		importing(`. "net"`, ""):                                      "a_test.go:4: import net under a name, not with a dot",
		importing(`clock "time"`, "var _ = clock.Now()"):              "a_test.go:8: clock.Now is not allowed in these tests: the bench waits for you, and b.Advance lets virtual time pass",
		importing(`"net"`, "var f = net.Dial"):                        "a_test.go:8: net.Dial is not allowed in these tests: the bench makes the conns",
		importing(`"socketkata/harness/peer"`, "var p = peer.Play"):   "a_test.go:8: peer.Play is not allowed in these tests: a test is a call of peer.Run",
		"//line b_test.go:1\n" + importing(`"os"`, "var _ = os.Args"): "a_test.go:5: package os is not allowed in these tests",
	} {
		_, why := check(e, map[string]string{"a_test.go": text})
		require.Equal(t, want, why, text)
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tests, err := read(filepath.Join(dir, "not there"))
	require.NoError(t, err)
	require.Empty(t, tests)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a_test.go"), []byte("a"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "b.go"), []byte("b"), 0o644))
	tests, err = read(dir)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"a_test.go": "a"}, tests)
}
