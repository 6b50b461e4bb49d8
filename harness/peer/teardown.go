package peer

import "slices"

// tearDown closes every peer, cancels the context, closes every listener, and
// waits for the bench's own goroutines. It does nothing the second time.
func (b *Bench) tearDown() {
	b.run.EndRecord()
	b.talk.Close()
	b.cancel()
	b.mu.Lock()
	listeners, packetConns := slices.Clone(b.listeners), slices.Clone(b.packetConns)
	b.mu.Unlock()
	for _, ln := range listeners {
		ln.Close()
	}
	for _, c := range packetConns {
		c.Close()
	}
	if b.packets != nil {
		b.packets.Stop()
	}
	for _, h := range b.hosts {
		h.Close()
	}
	for _, ln := range b.held {
		ln.Release()
	}
	b.own.Wait()
	b.talk.Wait()
}

// closeLent closes what the subject got and need not close.
func (b *Bench) closeLent() {
	for _, c := range b.lent {
		c.Close()
	}
	b.lent = nil
}
