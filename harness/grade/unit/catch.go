package unit

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"socketkata/harness/catalog"
	"socketkata/harness/grade/book"
	"socketkata/harness/grade/catch"
	"socketkata/harness/grade/sandbox"
	"socketkata/harness/temporary"
)

// tried are the outcomes of students' own tests by their hash: most students hand
// in the tests that they were given.
type tried struct {
	mu  sync.Mutex
	all map[[sha256.Size]byte]func() (book.Catch, error)
}

// Catch grades the tests that a student wrote, in the sandbox. The error is about
// the grader or ctx.
func (j *Judge) Catch(ctx context.Context, e *catalog.Exercise, tests map[string]string) (*book.Catch, error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q", e.Name)
	for _, base := range slices.Sorted(maps.Keys(tests)) {
		fmt.Fprintf(sum, "%q%q", base, tests[base])
	}
	key := [sha256.Size]byte(sum.Sum(nil))
	j.tried.mu.Lock()
	once := j.tried.all[key]
	if once == nil {
		once = sync.OnceValues(func() (book.Catch, error) {
			out, err := catch.Try(ctx, e, tests, catch.Options{Run: j.boxed, AtOnce: 4 * runtime.NumCPU(), Limit: catch.TestLimit})
			return out.Catch, err
		})
		if j.tried.all == nil {
			j.tried.all = map[[sha256.Size]byte]func() (book.Catch, error){}
		}
		j.tried.all[key] = once
	}
	j.tried.mu.Unlock()
	c, err := once()
	if err != nil {
		return nil, fmt.Errorf("try the tests for %s: %w", e.Name, err)
	}
	return &c, nil
}

// boxed runs a program in the sandbox.
func (j *Judge) boxed(ctx context.Context, p catch.Program) (catch.Ended, error) {
	if j.box.Kind == sandbox.None {
		return catch.Here(ctx, p)
	}
	dir, err := sandbox.Folder(j.dir, "catch")
	if err != nil {
		return catch.Ended{}, err
	}
	defer temporary.Remove(dir)
	tests := filepath.Join(dir, "tests")
	if err := copied(p.Path, tests); err != nil { // the batch's own folder is closed to the sandbox
		return catch.Ended{}, err
	}
	limits := j.o.limits
	limits.Wall = p.Limit
	command, err := j.box.Prepare(dir, "catch", sandbox.Spec{
		Files: map[string]string{"/tests": tests}, Command: append([]string{"/tests"}, p.Args...), Env: p.Env, Limits: limits,
	})
	if err != nil {
		return catch.Ended{}, err
	}
	p.Path, p.Args, p.Limit = command[0], command[1:], p.Limit+boxGrace
	end, err := catch.Here(ctx, p)
	if err == nil {
		err = j.box.Check(dir, "catch")
	}
	return end, err
}

// boxGrace is what the sandbox gets to end what is in it.
const boxGrace = 10 * time.Second

func copied(from, to string) (err error) {
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
