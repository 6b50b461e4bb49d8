package memnet

import "context"

// A State says what one end of a conn is doing at one instant.
type State struct {
	Unread  int  // bytes sent to it that it has not read; after its Close, those it left unread
	Reading bool // a goroutine is parked in Read and there is nothing to read
	Writing bool // a goroutine is parked in Write and the buffer is full
	Closed  bool // Close or Reset was called
	Closes  int  // how many times Close was called
}

// Remote says what the other end is doing.
func (c *Conn) Remote() State {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	return c.peer.state()
}

// WaitRemote waits until ok holds for the State of the other end, or returns
// ctx.Err(). ok is called with the conn locked: it must not block nor call a
// method of either end. In a bubble, ctx must belong to the same bubble.
func (c *Conn) WaitRemote(ctx context.Context, ok func(State) bool) error {
	defer context.AfterFunc(ctx, func() { c.broadcast(&c.link.watch) })()
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	for !ok(c.peer.state()) {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.link.watch.Wait()
	}
	return nil
}

// WasReset reports whether an RST has arrived, whoever was told of it.
func (c *Conn) WasReset() bool {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	return c.reset
}

// state is computed from what the parked goroutines wait for. One that was
// woken with nothing to do counts as parked although it runs: it will park
// again. One that has bytes or an error to return does not, although it may
// not have run yet.
func (c *Conn) state() State {
	return State{
		Unread:  c.in.Len(),
		Reading: c.parkedReaders > 0 && !c.readReady(),
		Writing: c.parkedWriters > 0 && !c.writeReady(),
		Closed:  c.closed,
		Closes:  c.closes,
	}
}
