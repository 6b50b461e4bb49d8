package peer

import (
	"context"
	"fmt"
	"sync/atomic"

	"socketkata/harness/failure"
)

// A Context counts what the subject has registered on it: functions of
// context.AfterFunc and contexts derived from it. It is made by
// [Bench.CountingContext], and is done when [Context.Cancel] is called or the
// script is over.
type Context struct {
	context.Context
	cancel     context.CancelFunc
	bench      *Bench
	registered atomic.Int64
}

// CountingContext returns a context that counts what is registered on it.
func (b *Bench) CountingContext() *Context {
	c := &Context{bench: b}
	c.Context, c.cancel = context.WithCancel(b.ctx)
	return c
}

// Cancel cancels the context.
func (c *Context) Cancel() { c.cancel() }

// AfterFunc is where package context registers a function or a derived context.
func (c *Context) AfterFunc(f func()) (stop func() bool) {
	c.registered.Add(1)
	unregister := context.AfterFunc(c.Context, func() {
		c.registered.Add(-1)
		f()
	})
	return func() bool {
		stopped := unregister()
		if stopped {
			c.registered.Add(-1)
		}
		return stopped
	}
}

// Value hides the context inside, on which package context would register
// without a call of AfterFunc.
func (c *Context) Value(key any) any {
	if _, internal := key.(*int); internal {
		return nil
	}
	return c.Context.Value(key)
}

// ExpectReleased waits until nothing is registered on the context any more.
// What a subject in a process of its own has registered there is not seen.
func (c *Context) ExpectReleased(reason string) {
	b := c.bench
	b.t.Helper()
	if b.subject.IsAway() {
		return
	}
	b.poll(nil, reason, func() bool { return c.registered.Load() == 0 }, func() failure.Outcome {
		return failure.Outcome{
			Symptom: failure.Leak,
			Got:     fmt.Sprintf("%d functions or contexts are still registered on ctx", c.registered.Load()),
			Want:    "nothing is registered on ctx once the call has returned",
		}
	})
}
