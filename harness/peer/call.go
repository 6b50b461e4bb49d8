package peer

import (
	"socketkata/harness/failure"
	"socketkata/harness/subject"
)

// A Call is a call of the subject in flight, made by [Start].
type Call[T any] struct {
	bench *Bench
	call  *subject.Call
	value T
}

// Start calls a function of the subject in a goroutine of its own, so that
// the script can play the peer meanwhile. The name is the function's, for
// failures.
func Start[T any](b *Bench, name string, f func() (T, error)) *Call[T] {
	b.notAt("it calls %s; a server at an address cannot be called", name)
	c := &Call[T]{bench: b}
	c.call = b.subject.Call(name, func() (err error) {
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

func (b *Bench) result(reason string, c *subject.Call) error {
	b.t.Helper()
	b.await(nil, reason, c.Returned, func() failure.Outcome {
		return failure.Outcome{Symptom: failure.NeverReturned, Got: c.Sentence(), Want: c.Name + " returns"}
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.subject.ErrOf(c)
}

func (b *Bench) expectPending(reason string, c *subject.Call) {
	b.t.Helper()
	if b.arena == Virtual {
		b.Settle()
	}
	b.mu.Lock()
	done, got := c.Ended(), c.Sentence()
	b.mu.Unlock()
	if done {
		b.fail(nil, reason, failure.Outcome{Symptom: failure.ReturnedEarly, Got: got, Want: c.Name + " is still running"})
	}
}
