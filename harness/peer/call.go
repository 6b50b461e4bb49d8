package peer

import "socketkata/harness/subject"

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
	c.call = b.subject.CallFor(name, &c.value, func() (err error) {
		c.value, err = f()
		return err
	})
	return c
}

// Recovered is the error of a call that panicked, if the test recovered that.
type Recovered = subject.Recovered

// Result waits until the call has returned and gives what it returned.
func (c *Call[T]) Result(reason string) (T, error) {
	c.bench.t.Helper()
	return c.value, c.bench.run.Result(reason, c.call)
}

// ExpectPending checks that the call has not returned yet. In [Virtual] all
// that can happen without time passing has happened before it looks.
func (c *Call[T]) ExpectPending(reason string) {
	c.bench.t.Helper()
	c.bench.run.ExpectPending(reason, c.call)
}
