package harness_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/exam"
	"socketkata/harness/judge"
	"socketkata/harness/racedetector"
)

// exercises lists the exercises of this repository, or the one that the
// environment variable EX names.
func exercises(t *testing.T) []*catalog.Exercise {
	t.Helper()
	root, err := catalog.FindRoot(".")
	require.NoError(t, err)
	c, err := catalog.Open(root)
	require.NoError(t, err)
	require.NotEmpty(t, c.Exercises, "no exercise was found")
	name := os.Getenv("EX")
	if name == "" {
		return c.Exercises
	}
	e, err := c.Find(name)
	require.NoError(t, err)
	return []*catalog.Exercise{e}
}

// eachExercise runs check once for every exercise, as a parallel subtest. What
// passed with the same inputs is remembered and not run again.
func eachExercise(t *testing.T, check func(t *testing.T, e *catalog.Exercise)) {
	t.Parallel()
	for _, e := range exercises(t) {
		remembering(t, e.Name, t.Name()+"/"+e.Name, exam.Inputs(e.Name), func(t *testing.T) {
			require.NoError(t, e.Check())
			if !here(e) {
				t.Skipf("%s is not for this platform: %s", e.Name, e.Platforms)
			}
			check(t, e)
		})
	}
}

// wholeOnly is for checks that are about no single exercise: they are left out
// when EX names one. What passed with the same inputs is remembered.
func wholeOnly(t *testing.T, check func(t *testing.T)) {
	t.Parallel()
	if os.Getenv("EX") != "" {
		t.Skip("EX names an exercise, and this is not about one")
	}
	root, err := catalog.FindRoot(".")
	require.NoError(t, err)
	inputs, err := exam.PackageInputs(root)
	require.NoError(t, err)
	remembering(t, "all", t.Name()+"/all", inputs, check)
}

// remembering runs a check as a parallel subtest, unless it has passed with the
// same inputs.
func remembering(t *testing.T, name, part string, inputs []string, check func(t *testing.T)) {
	key, err := memory().Key(part, inputs...)
	require.NoError(t, err)
	if memory().Passed(part, key) {
		t.Run(name+" remembered", func(*testing.T) {})
		return
	}
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		t.Cleanup(func() { remember(t, part, key) }) // after its parallel subtests
		check(t)
	})
}

// memory is opened at the first use: it starts the go command.
var memory = sync.OnceValue(func() *exam.Memory {
	root, err := catalog.FindRoot(".")
	if err != nil {
		panic(err)
	}
	return exam.NewMemory(root, os.Getenv)
})

// incomplete has the parts of the exam in which something was not judged for
// want of a capability.
var incomplete sync.Map

// dontRemember marks the part that t belongs to as incomplete.
func dontRemember(t *testing.T) {
	parts := strings.SplitN(t.Name(), "/", 3)
	incomplete.Store(strings.Join(parts[:min(2, len(parts))], "/"), true)
}

func remember(t *testing.T, part, key string) {
	if _, skipped := incomplete.Load(part); skipped || t.Failed() || t.Skipped() || filtered() {
		return
	}
	if err := memory().Remember(part, key); err != nil {
		t.Log(err) // then it is judged again
	}
}

// filtered reports whether flags of go test may have left out something of a
// part: a part is one test and one exercise.
func filtered() bool {
	value := func(name string) string { return flag.Lookup("test." + name).Value.String() }
	return strings.Count(value("run"), "/") > 1 || value("skip") != ""
}

// here reports whether the exercise's tests are built on this platform.
func here(e *catalog.Exercise) bool {
	for _, q := range e.Requirements {
		if q.Elsewhere {
			return false
		}
	}
	return true
}

// run judges a candidate.
func run(t *testing.T, e *catalog.Exercise, c judge.Candidate, o judge.Options) judge.Result {
	t.Helper()
	r, err := judge.Judge(examContext(t), e, c, o)
	require.NoError(t, err)
	require.NotEqual(t, judge.HarnessBroken, r.Verdict, r.Why)
	if lacksCapability(r, o) {
		dontRemember(t)
	}
	return r
}

// lacksCapability reports whether this machine could not judge a requirement.
// Outside the test's own process some are skipped by design.
func lacksCapability(r judge.Result, o judge.Options) bool {
	return !o.Elsewhere() && slices.ContainsFunc(r.Requirements, func(q judge.RequirementResult) bool {
		return q.Status == judge.StatusSkipped
	})
}

// interrupted ends at Ctrl-C. What the judge starts is in process groups of its
// own, which the terminal does not interrupt.
var interrupted, uninterrupted = signal.NotifyContext(context.Background(), os.Interrupt)

// examContext is the test's context, and ends at Ctrl-C, too.
func examContext(t *testing.T) context.Context {
	ctx, cancel := context.WithCancelCause(t.Context())
	t.Cleanup(func() { cancel(nil) })
	context.AfterFunc(interrupted, func() { cancel(errInterrupted) })
	return ctx
}

var errInterrupted = errors.New("interrupted")

// race reports whether the race detector is available. In CI it has to be.
func race(t *testing.T) bool {
	t.Helper()
	ok, why := racedetector.Available()
	if !ok && os.Getenv("CI") != "" {
		t.Fatalf("the race detector is missing, and CI must have it: %s", why)
	}
	if !ok {
		dontRemember(t)
		t.Logf("without the race detector: %s", why)
	}
	return ok
}

// read returns the lines of a file of the repository.
func read(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}
