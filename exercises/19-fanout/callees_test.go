package fanout_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	fanout "socketkata/exercises/19-fanout"
	"socketkata/harness/peer"
)

const ms = time.Millisecond

// Errors of calls.
var (
	errRefused     = errors.New("connection refused")
	errUnreachable = errors.New("network is unreachable")
	errReset       = errors.New("connection reset by peer")
	errFiles       = os.NewSyscallError("socket", syscall.EMFILE) // which says nothing about a port
	errDry         = errors.New("the gauge is dry")
	errGivenUp     = errors.New("use of closed connection") // ctx is done; like many errors, it does not say so
)

// callees are what the calls of a script reach, such as tide gauges. The script
// says what becomes of each call: of the first to start, of the second and so on,
// or of the call for a target, or of all others.
type callees struct {
	b      *peer.Bench
	inTurn []answer
	at     map[string]answer
	others answer

	mayPanic bool // the function under test; its value is panicked
	panicked any

	mu        sync.Mutex
	began     time.Duration   // when the function under test was called
	ctx       context.Context // that it got
	detached  int             // calls whose ctx ignores its deadline
	starts    []start         // in the order in which they were
	inFlight  int             // calls that have not returned
	most      int             // calls that were in flight at once
	discarded []string
	conns     int // that dials have made and that are open
	mostConns int // that were open at once
}

// A start is the start of one call.
type start struct {
	target string
	at     time.Duration // since the function under test was called
}

// An answer is what becomes of one call. The zero value is a success, at once.
type answer struct {
	after  time.Duration // since the start of the call
	silent bool          // no answer before ctx is done
	early  bool          // the call times out a moment before its ctx
	deaf   bool          // the answer comes even if ctx is done
	linger time.Duration // how long the call takes to return when ctx is done
	conn   net.Conn      // what a dial connects
	err    error
	panics any
}

// newCallees returns callees that answer at once. The calls are notes in a
// drawing, which has the name of a peer.
func newCallees(b *peer.Bench, name string) *callees {
	b.PairAs(name)
	return &callees{b: b, at: map[string]answer{}}
}

// timed returns a ctx whose end shows in the drawing.
func timed(b *peer.Bench, limit time.Duration) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithTimeout(b.Context(), limit)
	unregister := context.AfterFunc(ctx, func() { b.Note("ctx is done: deadline exceeded") })
	return ctx, func() { unregister(); cancel() }
}

// gather calls Gather.
func (c *callees) gather(ctx context.Context, limit int, targets ...string) *peer.Call[sequence] {
	c.began, c.ctx = c.b.Elapsed(), ctx
	return peer.Start(c.b, "Gather", func() (_ sequence, err error) {
		defer c.catch(&err)
		tides, err := fanout.Gather(ctx, limit, targets, c.ask)
		if err != nil && len(tides) > 0 {
			return "results and an error", err
		}
		return list(tides...), err
	})
}

// firstOK calls FirstOK.
func (c *callees) firstOK(ctx context.Context, hedge time.Duration, targets ...string) *peer.Call[string] {
	c.began, c.ctx = c.b.Elapsed(), ctx
	return peer.Start(c.b, "FirstOK", func() (_ string, err error) {
		defer c.catch(&err)
		return fanout.FirstOK(ctx, hedge, targets, c.ask, c.discard)
	})
}

// catch notes with which value the function under test panicked, in a script
// that expects a panic.
func (c *callees) catch(err *error) {
	if !c.mayPanic {
		return
	}
	if c.panicked = recover(); c.panicked != nil {
		*err = peer.Recovered{Value: c.panicked}
	}
}

// ask is one call. Its result is the tide at the target.
func (c *callees) ask(ctx context.Context, target string) (string, error) {
	a := c.started(ctx, target)
	outcome := "canceled"
	defer func() { c.returned(target, outcome) }()
	if due, ok := ctx.Deadline(); a.early {
		a.after, a.silent = time.Until(due)-time.Microsecond, !ok
	}
	done := ctx.Done()
	if a.deaf {
		done = nil
	}
	select {
	case <-in(a):
	case <-done:
		if a.linger > 0 {
			<-time.After(a.linger)
		}
		return "", errGivenUp
	}
	switch {
	case a.panics != nil:
		outcome = "panics"
		panic(a.panics)
	case a.err != nil:
		outcome = a.err.Error()
		return "", a.err
	}
	outcome = "success"
	return tideAt(target), nil
}

// in returns a channel that is ready when the answer is due. A timer that is due
// at once would be run by each goroutine itself, which the race detector of Go
// 1.26 does not survive in virtual time.
func in(a answer) <-chan time.Time {
	switch {
	case a.silent:
		return nil
	case a.after == 0:
		ready := make(chan time.Time)
		close(ready)
		return ready
	}
	return time.After(a.after)
}

func tideAt(target string) string { return "tide at " + target }

func (c *callees) started(ctx context.Context, target string) answer {
	c.b.Note("call " + target)
	c.mu.Lock()
	defer c.mu.Unlock()
	due, limited := c.ctx.Deadline()
	if own, ok := ctx.Deadline(); limited && (!ok || own.After(due)) {
		c.detached++
	}
	c.starts = append(c.starts, start{target, c.b.Elapsed() - c.began})
	c.inFlight++
	c.most = max(c.most, c.inFlight)
	if n := len(c.starts); n <= len(c.inTurn) {
		return c.inTurn[n-1]
	}
	if a, ok := c.at[target]; ok {
		return a
	}
	return c.others
}

func (c *callees) returned(target, outcome string) {
	c.b.Note(target + ": " + outcome)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inFlight--
}

func (c *callees) discard(tide string) {
	c.b.Note("discard " + tide)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.discarded = append(c.discarded, tide)
}

// took returns how long ago the function under test was called.
func (c *callees) took() time.Duration { return c.b.Elapsed() - c.began }

// times returns when each call started. The order of those that start at one
// instant does not show.
func (c *callees) times() sequence {
	return c.each(func(s start) string { return s.at.String() })
}

// schedule returns the target of each call and when it started.
func (c *callees) schedule() sequence {
	return c.each(func(s start) string { return fmt.Sprintf("%s at %v", s.target, s.at) })
}

func (c *callees) each(describe func(start) string) sequence {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for _, s := range c.starts {
		all = append(all, describe(s))
	}
	return list(all...)
}

// called returns the targets of the calls, sorted.
func (c *callees) called() sequence {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for _, s := range c.starts {
		all = append(all, s.target)
	}
	slices.Sort(all)
	return list(all...)
}

// thrownAway returns what was discarded, sorted.
func (c *callees) thrownAway() sequence {
	c.mu.Lock()
	defer c.mu.Unlock()
	return discarded(slices.Sorted(slices.Values(c.discarded))...)
}

// A sequence is a list that a failure shows as a whole: a string is shown as
// bytes, and cut.
type sequence string

// discarded names the results that the function discard has got.
func discarded(tides ...string) sequence {
	if len(tides) == 0 {
		return "discard was not called"
	}
	return "discard was called with " + list(tides...)
}

func list(items ...string) sequence { return sequence("[" + strings.Join(items, ", ") + "]") }
