package unit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"socketkata/harness/boundary"
	"socketkata/harness/catalog"
	"socketkata/harness/grade/sandbox"
	"socketkata/harness/judge"
	"socketkata/harness/remote"
	"socketkata/harness/temporary"
)

// An exercise is what is made once for all answers to it.
type exercise struct {
	*catalog.Exercise
	once    sync.Once
	err     error
	main    string // the main package of an answer's program; "" if it cannot run apart
	tests   string // the tests, linked with a package that calls that program
	witness string // of the tests

	baseline sync.Once
	skips    map[string]bool // what the reference skips here, see skipped
	failed   error
}

// exercise makes an exercise ready.
func (j *Judge) exercise(ctx context.Context, e *catalog.Exercise) (*exercise, error) {
	j.mu.Lock()
	x := j.exercises[e.Name]
	if x == nil {
		x = &exercise{Exercise: e}
		j.exercises[e.Name] = x
	}
	j.mu.Unlock()
	x.once.Do(func() { x.err = j.prepare(context.WithoutCancel(ctx), x) })
	return x, x.err
}

// prepare links the tests that judge an answer from another process.
func (j *Judge) prepare(ctx context.Context, x *exercise) error {
	because, err := boundary.Declined(x.Exercise)
	if err != nil || because != "" || !remote.Supported {
		return err
	}
	api, err := boundary.Read(x.Exercise, x.Stub)
	if err != nil {
		return err
	}
	proxy, err := api.Proxy()
	if err != nil {
		return err
	}
	main, err := api.Program(x.Exercise)
	if err != nil {
		return err
	}
	dir, err := sandbox.Folder(j.dir, "tests")
	if err != nil {
		return err
	}
	c := judge.Candidate{Name: "proxy", Texts: map[string]string{x.Slug + ".go": string(proxy)}, NoSolutions: true}
	file, witness, err := judge.Overlay(x.Exercise, c, dir, nil)
	if err != nil {
		return err
	}
	x.main, x.tests, x.witness = string(main), filepath.Join(dir, "tests"), witness
	if err := j.gocmd.Test(ctx, x.tests, x.pkg(), "-overlay="+file); err != nil {
		return notTheirs(err)
	}
	return nil
}

func (x *exercise) pkg() string { return catalog.Module + "/exercises/" + x.Name }

// notTheirs is an error of a build that no submission is part of.
func notTheirs(err error) error { return fmt.Errorf("build the tests: %w", errors.New(err.Error())) }

// A built answer is ready to run.
type built struct {
	*exercise
	code    judge.Candidate
	dir     string
	overlay string // for the go command
	tests   string // the tests with the answer, in one program
	witness string
	canary  string // a test in it
}

func (b *built) remove() { temporary.Remove(b.dir) }

var errEndless = errors.New("the build takes too long")

// program is the folder of the answer's program in the exercise's, which only
// the go command sees.
const program = "process"

// build links an answer with the tests. No code of it runs meanwhile.
func (j *Judge) build(ctx context.Context, x *exercise, c judge.Candidate) (b *built, err error) {
	b = &built{exercise: x, code: c, canary: "TestZ" + rand.Text()}
	if b.dir, err = sandbox.Folder(j.dir, "unit"); err != nil {
		return b, err
	}
	more := map[string]string{
		"a_kata_early.go":         fmt.Sprintf("package %s\n\nimport _ %q\n", x.Slug, catalog.Module+"/harness/results/early"),
		"z_kata_canary_test.go":   b.canaryTest(),
		program + "/" + "main.go": x.main,
	}
	file, witness, err := judge.Overlay(x.Exercise, c, b.dir, more)
	if err != nil {
		return b, err
	}
	b.overlay, b.witness, b.tests = file, witness, filepath.Join(b.dir, "tests")
	limited, cancel := context.WithTimeoutCause(ctx, buildLimit, errEndless)
	defer cancel()
	return b, j.gocmd.Test(limited, b.tests, x.pkg(), "-overlay="+file)
}

// buildAlone links an answer without the tests, and returns the program. The tests
// are linked before: of a function that is missing, they say so in the words that
// go test has used all along.
func (j *Judge) buildAlone(ctx context.Context, b *built) (string, error) {
	limited, cancel := context.WithTimeoutCause(ctx, buildLimit, errEndless)
	defer cancel()
	subject := filepath.Join(b.dir, "subject")
	return subject, j.gocmd.Build(limited, subject, b.pkg()+"/"+program, "-overlay="+b.overlay)
}

// canaryTest is a test that fails, reported as every test is. Its name is new in
// each build, and the names of its imports must not meet those of the tests.
func (b *built) canaryTest() string {
	return fmt.Sprintf(`package %s_test

import (
	kataTesting "testing"

	kataResults %q
)

func %s(t *kataTesting.T) {
	judge := kataResults.Inherited()
	judge.Begin(t.Name(), "")
	t.Cleanup(func() {
		status := kataResults.Passed
		if t.Failed() {
			status = kataResults.Failed
		}
		judge.End(t.Name(), "", status)
	})
	t.Fail()
}
`, b.Slug, catalog.Module+"/harness/results", b.canary)
}
