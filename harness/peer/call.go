package peer

import (
	"fmt"
	"path"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"

	"socketkata/harness/failure"
	"socketkata/harness/traceback"
)

// A call is one call of the subject's code, in a goroutine of its own.
type call struct {
	name string // as the learner knows it: "Serve"

	// Guarded by Bench.mu.
	goroutine uint64 // that runs it
	done      bool
	err       error
	panics    *panicked // nil unless it panicked
	gone      bool      // it ended without returning: runtime.Goexit
}

type panicked struct {
	value any
	stack string
}

// start calls f in a goroutine of its own. The bench waits for it at the end
// of the script.
func (b *Bench) start(name string, f func() error) *call {
	c := &call{name: name}
	b.mu.Lock()
	b.calls = append(b.calls, c)
	b.mu.Unlock()
	go b.runCall(c, f)
	return c
}

// runCall runs f and records how it ended. A panic ends this script only.
func (b *Bench) runCall(c *call, f func() error) {
	returned := false
	var err error
	b.mu.Lock()
	c.goroutine = traceback.Current()
	b.mu.Unlock()
	defer func() {
		var p *panicked
		if value := recover(); value != nil {
			p = &panicked{value: value, stack: string(debug.Stack())}
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		c.done, c.err, c.panics, c.gone = true, err, p, !returned && p == nil
		b.cond.Broadcast()
	}()
	err = f()
	returned = true
}

// sentence says how the call stands. Bench.mu is held.
func (c *call) sentence() string {
	switch {
	case !c.done:
		return c.name + " has not returned"
	case c.panics != nil:
		return fmt.Sprintf("%s panicked: %v", c.name, c.panics.value)
	case c.gone:
		return c.name + " ended its goroutine without returning"
	case c.err != nil:
		return fmt.Sprintf("%s returned the error %q", c.name, c.err)
	default:
		return c.name + " returned nil"
	}
}

// A Call is a call of the subject that is under way, made by [Start].
type Call[T any] struct {
	bench *Bench
	call  *call
	value T
}

// Start calls a function of the subject in a goroutine of its own, so that
// the script can play the peer meanwhile. The name is the function's, for
// failures.
func Start[T any](b *Bench, name string, f func() (T, error)) *Call[T] {
	b.beyond("it is about a call of %s, and a server at an address is not called", name)
	c := &Call[T]{bench: b}
	c.call = b.start(name, func() (err error) {
		c.value, err = f()
		return err
	})
	return c
}

// Result waits until the call has returned and gives what it returned.
func (c *Call[T]) Result(reason string) (T, error) {
	c.bench.t.Helper()
	return c.value, c.bench.result(reason, c.call)
}

// ExpectPending checks that the call has not returned yet. In [Virtual] all
// that can happen without time passing has happened before it looks.
func (c *Call[T]) ExpectPending(reason string) {
	c.bench.t.Helper()
	c.bench.expectPending(reason, c.call)
}

func (b *Bench) result(reason string, c *call) error {
	b.t.Helper()
	b.awaitOr(reason, func() bool { return c.done && !c.gone && c.panics == nil }, func() outcome {
		return outcome{symptom: failure.NeverReturned, got: c.sentence(), want: c.name + " returns"}
	})
	b.lastResult = c
	b.mu.Lock()
	defer b.mu.Unlock()
	return c.err
}

func (b *Bench) expectPending(reason string, c *call) {
	b.t.Helper()
	if b.arena == Virtual {
		b.Settle()
	}
	b.mu.Lock()
	done, got := c.done, c.sentence()
	b.mu.Unlock()
	if done {
		b.fail(reason, outcome{symptom: failure.ReturnedEarly, got: got, want: c.name + " is still running"})
	}
}

// nameOf returns the name of a function value as a learner would call it:
// "Serve" for echo.Serve, "Server.Serve" for a method of a server. A function
// literal of the test has none and is called "it".
func nameOf(f any) string {
	full := runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name()
	_, name, _ := strings.Cut(path.Base(full), ".")
	if !strings.HasSuffix(name, "-fm") && (strings.Contains(name, ".func") || strings.HasPrefix(name, "Test")) {
		return "it"
	}
	return strings.NewReplacer("(*", "", ")", "", "-fm", "").Replace(name)
}
