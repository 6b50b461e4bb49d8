package peer

import (
	"context"
	"fmt"

	"socketkata/harness/failure"
	"socketkata/harness/subject"
)

// A Context counts what the subject has registered on it: functions of
// context.AfterFunc and contexts derived from it. It is made by
// [Bench.CountingContext], and is done when [Context.Cancel] is called or the
// script is over.
type Context struct {
	subject.CountingContext
	cancel context.CancelFunc
	bench  *Bench
}

// CountingContext returns a context that counts what is registered on it.
func (b *Bench) CountingContext() *Context {
	c := &Context{bench: b}
	c.Context, c.cancel = context.WithCancel(b.ctx)
	return c
}

// Cancel cancels the context, and the drawing of the conversation shows it.
func (c *Context) Cancel() { c.bench.Note("ctx is canceled"); c.cancel() }

// ExpectReleased waits until nothing is registered on the context any more.
// What a subject in a process of its own has registered there is not seen.
func (c *Context) ExpectReleased(reason string) {
	b := c.bench
	b.t.Helper()
	if b.subject.IsAway() {
		return
	}
	b.run.Poll(nil, reason, func() bool { return c.Registered() == 0 }, func() failure.Outcome {
		return failure.Outcome{
			Symptom: failure.Leak,
			Got:     fmt.Sprintf("functions or contexts still registered on ctx: %d", c.Registered()),
			Want:    "nothing is registered on ctx once the call has returned",
		}
	})
}
