package unit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"socketkata/harness/grade/sandbox"
	"socketkata/harness/judge"
	"socketkata/harness/slow"
	"socketkata/harness/spawn"
)

// run runs the tests in both tiers, at the same time: each waits for the answer
// more than it works. There is no result apart if the answer cannot run so.
func (j *Judge) run(ctx context.Context, b *built, seed uint64) (here judge.Result, apart *judge.Result, err error) {
	env := []string{"KATA_STILL=1", fmt.Sprintf("KATA_SEED=%d", seed)}
	if factor := os.Getenv(slow.Variable); factor != "" {
		env = append(env, slow.Variable+"="+factor)
	}
	env = env[:len(env):len(env)] // each tier adds its own
	tiers, ctx := errgroup.WithContext(ctx)
	tiers.Go(func() (err error) {
		here, err = j.here(ctx, b, env)
		return err
	})
	if b.main != "" {
		tiers.Go(func() error {
			r, err := j.apart(ctx, b, env)
			apart = &r
			return err
		})
	}
	err = tiers.Wait()
	return here, apart, err
}

// here judges the answer in the process of the tests.
func (j *Judge) here(ctx context.Context, b *built, env []string) (judge.Result, error) {
	return j.linked(ctx, b, "here", b.canary, b.witness, sandbox.Spec{
		Files:   map[string]string{"/tests": b.tests},
		Command: []string{"/tests"},
		Env:     env,
	})
}

// apart judges the answer in a process of its own, in a sandbox inside that of
// the tests.
func (j *Judge) apart(ctx context.Context, b *built, env []string) (judge.Result, error) {
	subject, err := j.buildAlone(ctx, b)
	if err != nil {
		return judge.Result{}, err
	}
	env = append(env, judge.ArenaVariable+"=process")
	spec := sandbox.Spec{Files: map[string]string{"/tests": b.exercise.tests}, Command: []string{"/tests"}}
	if j.box.Kind == sandbox.None {
		spec.Env = append(env, judge.SubjectVariable+"="+subject)
	} else {
		spec.Env = append(env, judge.SubjectVariable+"="+sandbox.InnerInside, spawn.BoxVariable+"="+sandbox.BoxInside)
		spec.Files["/subject"] = subject
		spec.Inner = &sandbox.Spec{Files: map[string]string{"/subject": "/subject"}, Command: []string{"/subject"}, Limits: j.o.limits}
	}
	return j.linked(ctx, b, "apart", "", b.exercise.witness, spec)
}

// linked runs a test program in the sandbox.
func (j *Judge) linked(ctx context.Context, b *built, name, canary, witness string, spec sandbox.Spec) (judge.Result, error) {
	spec.Limits = j.o.limits
	command, err := j.box.Prepare(b.dir, name, spec)
	if err != nil {
		return judge.Result{}, err
	}
	l := &judge.Linked{Command: command, Convert: j.gocmd.Convert, Witness: witness, Canary: canary}
	if j.box.Kind == sandbox.None {
		l.Env = append(spec.Env, "TMPDIR="+filepath.Dir(b.tests))
	}
	r, err := judge.Judge(ctx, b.Exercise, b.code, judge.Options{Linked: l, Each: j.o.Limit, Timeout: j.o.timeout, Only: j.o.only})
	if err == nil && r.Verdict == judge.HarnessBroken {
		err = errors.New(r.Why)
	}
	if err == nil {
		err = j.box.Check(b.dir, name)
	}
	return r, err
}
