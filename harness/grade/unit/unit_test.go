package unit

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/exam"
	"socketkata/harness/grade/book"
	"socketkata/harness/grade/sandbox"
)

// open returns a judge and the exercises, and skips where no sandbox works.
func open(t *testing.T, o Options) (*Judge, *catalog.Catalog) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("sandboxes need Linux")
	}
	root, err := catalog.FindRoot(".")
	require.NoError(t, err)
	all, err := catalog.Load(root)
	require.NoError(t, err)
	o.Root = root
	if o.Sandbox == "" {
		o.Sandbox = string(sandbox.Auto)
	}
	j, err := New(t.Context(), o)
	if errors.Is(err, sandbox.ErrNoSandbox) && exec.CommandContext(t.Context(), "unshare", "-Ur", "true").Run() != nil {
		t.Skipf("user namespaces are refused here: %v", err)
	}
	require.NoError(t, err)
	t.Cleanup(j.Close)
	return j, all
}

func reference(t *testing.T, e *catalog.Exercise) map[string]string {
	t.Helper()
	files, err := e.ReferenceCode()
	require.NoError(t, err)
	return files
}

// picked are the exercises that EX names, all if it says so, 05 without it.
func picked(all *catalog.Catalog) (some []*catalog.Exercise) {
	wanted := cmp.Or(os.Getenv("EX"), "05")
	for _, e := range all.Exercises {
		if wanted == "all" || strings.Contains(wanted, e.EX()) {
			some = append(some, e)
		}
	}
	return some
}

// The reference has full marks.
func TestReference(t *testing.T) {
	j, all := open(t, Options{})
	for _, e := range picked(all) {
		t.Run(e.Name, func(t *testing.T) { fullMarks(t, j, e) })
	}
}

// TestSoakReference: the reference has full marks as many times as KATA_SOAK says,
// on processors that are busy. EX names the exercises.
func TestSoakReference(t *testing.T) {
	total, err := strconv.Atoi(os.Getenv("KATA_SOAK"))
	if err != nil {
		t.Skip(exam.LeftOut + "make soak runs this; EX=01,05 KATA_SOAK=50 judges these 50 times")
	}
	j, all := open(t, Options{})
	for range 2 * runtime.NumCPU() {
		busy := exec.CommandContext(t.Context(), "sh", "-c", "while kill -0 $PPID; do i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; done")
		require.NoError(t, busy.Start())
		t.Cleanup(func() { busy.Process.Kill(); busy.Wait() })
	}
	for _, e := range picked(all) {
		t.Run(e.Name, func(t *testing.T) {
			for range total {
				fullMarks(t, j, e)
			}
		})
	}
}

func fullMarks(t *testing.T, j *Judge, e *catalog.Exercise) {
	t.Helper()
	u, err := j.Judge(t.Context(), e, Answer{Files: reference(t, e), Seed: 1})
	require.NoError(t, err)
	require.Equal(t, book.Graded, u.State, u.Why)
	apart := 0
	for _, r := range u.Results {
		require.True(t, r.Passed || r.Skipped != "", "%s %s %s", r.Requirement, r.Skipped, r.Text)
		if r.Tier == book.Apart {
			apart++
		}
	}
	t.Logf("%d of %d requirements are judged apart", apart, len(u.Results))
}

// A known mistake loses exactly the requirements that its header names, and
// everything beside them counts. EX names the exercises, SAMPLE how many mistakes
// of each to try.
func TestMistakes(t *testing.T) {
	if os.Getenv("EX") == "" {
		t.Skip(exam.LeftOut + "they take minutes; EX=05 tries those of an exercise, EX=all SAMPLE=5 five of each")
	}
	j, all := open(t, Options{})
	for _, e := range picked(all) {
		for _, m := range sample(t, e.Mistakes) {
			t.Run(e.EX()+"/"+m.Name, func(t *testing.T) {
				t.Parallel()
				if m.NeedsRace() {
					t.Skip("only the race detector sees it, and a hermetic build has none")
				}
				u, err := j.Judge(t.Context(), e, Answer{Files: m.Code, Seed: 1})
				require.NoError(t, err)
				if u.State == book.Refused {
					require.Regexp(t, `log\.Fatal|os\.Exit|os\.Getpid`, u.Why)
					t.Skip("it is refused: " + u.Why)
				}
				require.Equal(t, book.Graded, u.State, u.Why)
				var judged, failed, texts []string // a skipped requirement says nothing
				for _, r := range u.Results {
					if r.Skipped == "" {
						judged = append(judged, r.Requirement)
					}
					if !r.Passed && r.Skipped == "" {
						failed, texts = append(failed, r.Requirement), append(texts, r.Requirement+" "+string(r.Tier)+"\n"+r.Text)
					}
				}
				want := slices.DeleteFunc(slices.Clone(m.Requirements), func(id string) bool { return !slices.Contains(judged, id) })
				require.Equal(t, want, append([]string{}, failed...), "%s", strings.Join(texts, "\n"))
			})
		}
	}
}

// sample returns as many of the mistakes as SAMPLE says, by chance. It prints the
// chance, and SEED repeats it.
func sample(t *testing.T, all []catalog.Mistake) []catalog.Mistake {
	n, err := strconv.Atoi(os.Getenv("SAMPLE"))
	if err != nil || n >= len(all) {
		return all
	}
	seed, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("SEED=%d", seed)
	some := slices.Clone(all)
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
	return some[:n]
}

// A sandbox that cannot start the tests says nothing about the answer.
func TestSandboxFails(t *testing.T) {
	limits := sandbox.DefaultLimits()
	j, all := open(t, Options{})
	e, err := all.Find("05")
	require.NoError(t, err)
	limits.Disk = -1 // no file system has that size
	j.o.limits = limits
	_, err = j.Judge(t.Context(), e, Answer{Files: reference(t, e), Seed: 1})
	require.ErrorIs(t, err, sandbox.ErrNotStarted)
	tests, err := os.ReadFile(e.CatchStarter()[0])
	require.NoError(t, err)
	_, err = j.Catch(t.Context(), e, map[string]string{"catch_test.go": string(tests)})
	require.ErrorIs(t, err, sandbox.ErrNotStarted)
}

// An answer that cannot be judged says why in one sentence.
func TestNotJudged(t *testing.T) {
	j, all := open(t, Options{})
	e, err := all.Find("05")
	require.NoError(t, err)
	for text, want := range map[string]book.Unit{
		"package echo\nimport \"os/exec\"\nvar _ = exec.Command\n": {State: book.Refused,
			Why: "echo.go:2: package os/exec is not allowed in this exercise: do it in this process"},
		"package echo\nvar x = undefined\n": {State: book.NotCompiled, Why: "echo.go:2:9: undefined: undefined"},
		"package echo\n":                    {State: book.NotCompiled},
		"no Go":                             {State: book.NotCompiled, Why: "echo.go:1:1: expected 'package', found no"},
	} {
		u, err := j.Judge(t.Context(), e, Answer{Files: map[string]string{"echo.go": text}})
		require.NoError(t, err, text)
		require.Equal(t, want.State, u.State, text)
		require.Contains(t, u.Why, want.Why, text)
		require.NotContains(t, u.Output, j.dir, "the same answer gives the same report")
		require.Empty(t, u.Results, text)
	}
	files := reference(t, e)
	files["more.go"] = "package echo\n\nimport \"os\"\n\nvar end = os.Exit\n"
	u, err := j.Judge(t.Context(), e, Answer{Files: files})
	require.NoError(t, err)
	require.Equal(t, book.Refused, u.State)
	require.Equal(t, "more.go:5: os.Exit is not allowed in this exercise: return an error", u.Why)
}
