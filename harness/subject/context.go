package subject

import (
	"context"
	"sync/atomic"
)

// A CountingContext counts what is registered on it: functions of
// context.AfterFunc and contexts derived from it. It may be used concurrently.
type CountingContext struct {
	context.Context
	registered atomic.Int64
}

// AfterFunc is where package context registers a function or a derived context.
func (c *CountingContext) AfterFunc(f func()) (stop func() bool) {
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
func (c *CountingContext) Value(key any) any {
	if _, internal := key.(*int); internal {
		return nil
	}
	return c.Context.Value(key)
}

// Registered returns how many functions and contexts are registered.
func (c *CountingContext) Registered() int64 { return c.registered.Load() }
