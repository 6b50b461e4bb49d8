package ctxio_test

import (
	"context"
	"errors"
	"math"
	"net"
	"runtime"
	"sync/atomic"
	"time"

	ctxio "socketkata/exercises/16-ctxio"
	"socketkata/harness/peer"
)

// Causes for which a ctx ends.
var (
	errShutdown = errors.New("the service shuts down")
	errTooSlow  = errors.New("the client is too slow")
)

// startRead calls Read with room for size bytes. Its result is the bytes that
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

// startWrite calls Write. Its result is the number of bytes Write reported.
func startWrite(b *peer.Bench, ctx context.Context, c net.Conn, message string) *peer.Call[int] {
	return peer.Start(b, "Write", func() (int, error) { return ctxio.Write(ctx, c, []byte(message)) })
}

// startReadOneByOne reads n bytes with n calls of Read. Its result is how many
// came.
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

// A watched conn tells whether a call waits in it.
type watched struct {
	net.Conn
	inside atomic.Int64
}

func (c *watched) waits() bool { return c.inside.Load() > 0 }

func (c *watched) Read(p []byte) (int, error) {
	c.inside.Add(1)
	defer c.inside.Add(-1)
	return c.Conn.Read(p)
}

// An atHand conn has the bytes to read at hand, and room for those to write.
// It need not block, and so does not ask for a deadline: a tls.Conn does the
// same with bytes that are decrypted already.
type atHand struct{ net.Conn }

func (atHand) SetDeadline(time.Time) error      { return nil }
func (atHand) SetReadDeadline(time.Time) error  { return nil }
func (atHand) SetWriteDeadline(time.Time) error { return nil }

// A crossing conn makes ctx end at the worst moment: its first call has
// carried the bytes and is about to return. The deadline that the cancel gives
// rise to is set late: during the second call, or, for a caller that waits
// before it makes one, when it is proven to wait. It is for virtual time.
type crossing struct {
	net.Conn
	cancel func()          // ends ctx
	late   bool            // the deadline is held up
	over   <-chan struct{} // the script is over

	calls  atomic.Int64
	ended  atomic.Bool   // ctx has ended, and its deadline has not come yet
	coming chan struct{} // closed when the deadline is being set
	next   chan struct{} // closed when the second call has begun
	landed chan struct{} // closed when the deadline is set
}

func newCrossing(b *peer.Bench, c net.Conn, cancel func(), late bool) *crossing {
	return &crossing{Conn: c, cancel: cancel, late: late, over: b.Context().Done(),
		coming: make(chan struct{}), next: make(chan struct{}), landed: make(chan struct{})}
}

func (c *crossing) Read(p []byte) (int, error) {
	return c.carry(func() (int, error) { return c.Conn.Read(p) })
}

func (c *crossing) Write(p []byte) (int, error) {
	return c.carry(func() (int, error) { return c.Conn.Write(p) })
}

func (c *crossing) SetReadDeadline(t time.Time) error  { return c.set(t, c.Conn.SetReadDeadline) }
func (c *crossing) SetWriteDeadline(t time.Time) error { return c.set(t, c.Conn.SetWriteDeadline) }
func (c *crossing) SetDeadline(t time.Time) error      { return c.set(t, c.Conn.SetDeadline) }

func (c *crossing) carry(operate func() (int, error)) (int, error) {
	switch c.calls.Add(1) {
	case 1:
		n, err := operate()
		c.ended.Store(true)
		c.cancel()
		c.await(c.coming) // whoever obeys ctx sets one: for all it knows, the call still blocks
		return n, err
	case 2:
		close(c.next)
		c.await(c.landed)
	}
	return operate()
}

func (c *crossing) set(t time.Time, setDeadline func(time.Time) error) error {
	if t.IsZero() || !c.ended.CompareAndSwap(true, false) {
		return setDeadline(t)
	}
	defer close(c.landed)
	close(c.coming)
	if c.late {
		c.holdUp()
	}
	return setDeadline(t)
}

// holdUp waits for the second call. A caller that is right makes none before
// its deadline is set, so this gives up when a second of virtual time has
// passed, which takes none if everybody waits. That clock stands still before
// a mutex and before a busy loop; so it looks first what the caller does.
func (c *crossing) holdUp() {
	if !settled() {
		return
	}
	select {
	case <-c.next:
	case <-c.over:
	case <-time.After(time.Second):
	}
}

func (c *crossing) await(event <-chan struct{}) {
	select {
	case <-event:
	case <-c.over:
	}
}

// A tardy ctx is done a moment after its deadline, as any ctx is when the
// timers of one instant fire in another order.
type tardy struct {
	context.Context
	deadline time.Time
}

func newTardy(parent context.Context, after time.Duration) (context.Context, context.CancelFunc) {
	deadline := time.Now().Add(after)
	ctx, cancel := context.WithDeadline(parent, deadline.Add(time.Millisecond))
	return tardy{ctx, deadline}, cancel
}

func (c tardy) Deadline() (time.Time, bool) { return c.deadline, true }

// enoughKept is as much memory as calls may seem to keep, in KiB.
const enoughKept = 200

// keptBy returns how much memory calls keep when they have returned, in KiB. It
// is the least of several times: what calls leave behind, they leave each time,
// whereas the runtime keeps room for as many goroutines as it ever had at once.
func keptBy(b *peer.Bench, calls func()) int {
	b.Helper()
	kept := math.MaxInt
	for range 5 {
		before := memoryInUse()
		calls()
		if kept = min(kept, memoryInUse()-before); kept < enoughKept {
			break
		}
	}
	return kept
}

// memoryInUse returns how much of the heap is reachable, in KiB.
func memoryInUse() int {
	runtime.GC()
	runtime.GC() // what a finalizer or a pool held goes with the second one
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc >> 10)
}
