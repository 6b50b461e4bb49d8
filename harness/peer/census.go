package peer

import (
	"fmt"
	"net"
	"runtime"
	"sync"
	"weak"

	"socketkata/harness/failure"
)

// A Census counts the conns and listeners that something still refers to, so
// that a script sees what the subject forgets. It is made by [Bench.Census]. Its
// wrappers may be used concurrently.
type Census struct {
	bench *Bench
	mu    sync.Mutex
	marks []weak.Pointer[mark]
}

// A mark is a part of what is counted, and reachable as long as that is. The
// pointer in it keeps it apart from other small values: the allocator puts those
// without pointers into one block, which lives as long as any of them.
type mark struct{ _ *mark }

type countedConn struct {
	net.Conn
	*mark
}

type countedListener struct {
	net.Listener
	*mark
}

// Census returns a census of nothing.
func (b *Bench) Census() *Census { return &Census{bench: b} }

// Conn counts a conn: it wraps it in a value to which nobody but the caller has
// a reference. [fault.EveryConn] takes it as a wrapper.
func (c *Census) Conn(conn net.Conn) net.Conn { return &countedConn{conn, c.mark()} }

// Listener does the same for a listener.
func (c *Census) Listener(ln net.Listener) net.Listener { return &countedListener{ln, c.mark()} }

func (c *Census) mark() *mark {
	m := new(mark)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.marks = append(c.marks, weak.Make(m))
	return m
}

// ExpectAtMost waits until no more than max of what was counted are still in
// memory. The max is not 0, because a goroutine that has just ended or a variable
// no longer used may refer to one of them for a while. References of a subject in
// a process of its own are not seen.
func (c *Census) ExpectAtMost(reason string, max int) {
	b := c.bench
	b.t.Helper()
	if b.subject.IsAway() {
		return
	}
	held := 0
	b.run.Poll(nil, reason, func() bool { held = c.held(); return held <= max }, func() failure.Outcome {
		c.mu.Lock() // the subject may still accept
		defer c.mu.Unlock()
		return failure.Outcome{
			Symptom: failure.Leak,
			Got:     fmt.Sprintf("%d of %d are still in memory: something refers to them", held, len(c.marks)),
			Want:    fmt.Sprintf("at most %d are still in memory", max),
		}
	})
}

// held returns how many are reachable after garbage collection.
func (c *Census) held() int {
	for range 3 { // a sync.Pool, for example, is emptied only by the second collection
		runtime.GC()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	held := 0
	for _, m := range c.marks {
		if m.Value() != nil {
			held++
		}
	}
	return held
}
