package memnet

import "context"

// PeerUnread returns how many bytes the other end has received and not read,
// even if it is closed by now.
func (c *Conn) PeerUnread() int {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	return c.peer.in.Len()
}

// WaitRead waits until the other end has read everything that was sent to it
// or is closed, or returns ctx.Err(). In a bubble, ctx must belong to the same
// bubble.
func (c *Conn) WaitRead(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { c.broadcast(&c.link.watch) })()
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	for c.peer.in.Len() > 0 && !c.peer.closed {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.link.watch.Wait()
	}
	return nil
}

// WasReset reports whether an RST has arrived, even if no call has returned it.
func (c *Conn) WasReset() bool {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	return c.reset
}
