package ctxio_test

import (
	"context"
	"errors"
	"math"
	"net"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	ctxio "socketkata/exercises/16-ctxio"
	"socketkata/harness/peer"
)

// Causes of a cancel or timeout.
var (
	errShutdown = errors.New("the service is shutting down")
	errTooSlow  = errors.New("the client is too slow")
)

// startRead calls Read with room for size bytes. The result is the bytes that
// Read reported.
func startRead(b *peer.Bench, ctx context.Context, c net.Conn, size int) *peer.Call[string] {
	return peer.Start(b, "Read", func() (string, error) {
		p := make([]byte, size)
		n, err := ctxio.Read(ctx, c, p)
		return string(p[:n]), err
	})
}

// startReadFull is startRead for ReadFull.
func startReadFull(b *peer.Bench, ctx context.Context, c net.Conn, size int) *peer.Call[string] {
	return peer.Start(b, "ReadFull", func() (string, error) {
		p := make([]byte, size)
		n, err := ctxio.ReadFull(ctx, c, p)
		return string(p[:n]), err
	})
}

// startWrite calls Write. The result is the number of bytes that Write reported.
func startWrite(b *peer.Bench, ctx context.Context, c net.Conn, message string) *peer.Call[int] {
	return peer.Start(b, "Write", func() (int, error) { return ctxio.Write(ctx, c, []byte(message)) })
}

// startPlainRead calls c.Read with room for size bytes.
func startPlainRead(b *peer.Bench, c net.Conn, size int) *peer.Call[string] {
	return peer.Start(b, "conn.Read", func() (string, error) {
		p := make([]byte, size)
		n, err := c.Read(p)
		return string(p[:n]), err
	})
}

// startReadOneByOne reads n bytes with n calls of Read. The result is how many
// it got.
func startReadOneByOne(b *peer.Bench, ctx context.Context, c net.Conn, n int) *peer.Call[int] {
	return peer.Start(b, "Read", func() (int, error) {
		p := make([]byte, 1)
		for i := range n {
			if _, err := ctxio.Read(ctx, c, p); err != nil {
				return i, err
			}
		}
		return n, nil
	})
}

// A readWatcher is a conn that reports whether a Read is in flight.
type readWatcher struct {
	net.Conn
	inside atomic.Int64
}

func (c *readWatcher) reading() bool { return c.inside.Load() > 0 }

func (c *readWatcher) Read(p []byte) (int, error) {
	c.inside.Add(1)
	defer c.inside.Add(-1)
	return c.Conn.Read(p)
}

// A neverBlocking conn has bytes to read and room to write, so it never blocks
// and ignores deadlines. A tls.Conn does the same with bytes that are already
// decrypted.
type neverBlocking struct{ net.Conn }

func (neverBlocking) SetDeadline(time.Time) error      { return nil }
func (neverBlocking) SetReadDeadline(time.Time) error  { return nil }
func (neverBlocking) SetWriteDeadline(time.Time) error { return nil }

// A refusing conn refuses every deadline.
type refusing struct{ net.Conn }

func (refusing) SetDeadline(time.Time) error      { return os.ErrNoDeadline }
func (refusing) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (refusing) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }

// A failing conn cancels ctx when a call fails, and only then returns the error:
// ctx is done, but it did not end the call.
type failing struct {
	net.Conn
	cancel func() // cancels ctx
}

func (c *failing) Read(p []byte) (int, error)  { return c.fail(c.Conn.Read(p)) }
func (c *failing) Write(p []byte) (int, error) { return c.fail(c.Conn.Write(p)) }

func (c *failing) fail(n int, err error) (int, error) {
	if err != nil {
		c.cancel()
	}
	return n, err
}

// A racing conn cancels ctx at the worst moment: its first call has transferred
// the bytes and is about to return. It returns once the deadline that follows
// from the cancel is set. If late is set, it returns before, and the deadline is
// delayed until the second call has begun or, if the caller
// waits before it makes one, until that is proven. It needs virtual time.
type racing struct {
	net.Conn
	bench  *peer.Bench
	cancel func()          // cancels ctx
	late   bool            // delay the deadline
	over   <-chan struct{} // closed when the script is over

	calls    atomic.Int64
	canceled atomic.Bool   // ctx is canceled, and its deadline is not set yet
	setting  chan struct{} // closed when the deadline is about to be set
	next     chan struct{} // closed when the second call has begun
	done     chan struct{} // closed when the deadline is set
}

func newRacing(b *peer.Bench, c net.Conn, cancel func(), late bool) *racing {
	return &racing{Conn: c, bench: b, cancel: cancel, late: late, over: b.Context().Done(),
		setting: make(chan struct{}), next: make(chan struct{}), done: make(chan struct{})}
}

func (c *racing) Read(p []byte) (int, error) {
	return c.transfer(func() (int, error) { return c.Conn.Read(p) })
}

func (c *racing) Write(p []byte) (int, error) {
	return c.transfer(func() (int, error) { return c.Conn.Write(p) })
}

func (c *racing) SetReadDeadline(t time.Time) error  { return c.set(t, c.Conn.SetReadDeadline) }
func (c *racing) SetWriteDeadline(t time.Time) error { return c.set(t, c.Conn.SetWriteDeadline) }
func (c *racing) SetDeadline(t time.Time) error      { return c.set(t, c.Conn.SetDeadline) }

func (c *racing) transfer(operate func() (int, error)) (int, error) {
	switch c.calls.Add(1) {
	case 1:
		n, err := operate()
		c.canceled.Store(true)
		c.cancel()
		if c.late {
			c.await(c.setting) // ctx's callback sets it, because the call may still be blocked
		} else {
			c.await(c.done)
		}
		return n, err
	case 2:
		close(c.next)
		c.await(c.done)
	}
	return operate()
}

func (c *racing) set(t time.Time, setDeadline func(time.Time) error) error {
	if t.IsZero() || !c.canceled.CompareAndSwap(true, false) {
		return setDeadline(t)
	}
	defer close(c.done)
	close(c.setting)
	if c.late {
		c.delay()
	}
	return setDeadline(t)
}

// delay waits for the second call. A correct caller makes none before its
// deadline is set, so delay gives up after a second of virtual time, which
// passes at once if every goroutine waits. Virtual time does not pass while a
// goroutine waits for a mutex or spins, so delay checks for that first.
func (c *racing) delay() {
	if !settled(c.bench) {
		return
	}
	select {
	case <-c.next:
	case <-c.over:
	case <-time.After(time.Second):
	}
}

func (c *racing) await(event <-chan struct{}) {
	select {
	case <-event:
	case <-c.over:
	}
}

// A call may set ctx's deadline on its conn. Then two timers have the same instant,
// and either may fire first. These make certain which.
func ctxFirst(ctx context.Context) context.Context  { return shifted{ctx, time.Millisecond} }
func connFirst(ctx context.Context) context.Context { return shifted{ctx, -time.Millisecond} }

// A shifted context is done at another instant than it says.
type shifted struct {
	context.Context
	by time.Duration
}

func (c shifted) Deadline() (time.Time, bool) {
	deadline, ok := c.Context.Deadline()
	return deadline.Add(c.by), ok
}

// A due context has a deadline, and is registered on as the counting one.
type due struct {
	*peer.Context
	at time.Time
}

func (c due) Deadline() (time.Time, bool) { return c.at, true }

// keptLimit is how much memory finished calls may seem to keep, in KiB.
const keptLimit = 200

// keptBy returns how much memory, in KiB, is still in use after calls returns.
// It takes the minimum of several runs: a leak shows in each of them, whereas
// the runtime's memory for goroutines grows only once.
func keptBy(b *peer.Bench, calls func()) int {
	b.Helper()
	kept := math.MaxInt
	for range 5 {
		before := memoryInUse()
		calls()
		if kept = min(kept, memoryInUse()-before); kept < keptLimit {
			break
		}
	}
	return kept
}

// memoryInUse returns how much of the heap is reachable, in KiB.
func memoryInUse() int {
	runtime.GC()
	runtime.GC() // the second one frees what a finalizer or a pool held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc >> 10)
}
