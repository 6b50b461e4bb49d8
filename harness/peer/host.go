package peer

import (
	"net"

	"socketkata/harness/failure"
	"socketkata/harness/network"
)

// A Host is a server played by the script, for a subject that dials.
type Host struct {
	bench  *Bench
	ln     net.Listener
	paused bool // StopReading

	// Guarded by Bench.mu.
	waiting []net.Conn // accepted, not yet taken by the script
	over    bool       // the listener is closed
}

// Listen starts a server that the script plays. It needs an arena with
// addresses: [Loopback].
func (b *Bench) Listen() *Host {
	b.t.Helper()
	b.beyond("it is about a client, and a server at an address does not dial")
	b.onlySockets("Listen")
	ln := b.listen()
	h := &Host{bench: b, ln: ln}
	b.hosts = append(b.hosts, h)
	b.own.Go(h.acceptAll)
	return h
}

// acceptAll takes every conn of the listener until it is closed.
func (h *Host) acceptAll() {
	for {
		c, err := h.ln.Accept()
		if err == nil {
			network.LimitBuffers(c)
		}
		h.bench.mu.Lock()
		if err != nil {
			h.over = true
		} else {
			h.waiting = append(h.waiting, c)
		}
		h.bench.cond.Broadcast()
		h.bench.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// Addr returns the address for the subject to dial, "127.0.0.1:40312".
func (h *Host) Addr() string { return h.ln.Addr().String() }

// StopReading makes the host one that never reads: the peers it accepts from
// now on have read nothing, and read when they are told to
// ([Peer.ResumeReading]).
func (h *Host) StopReading() { h.paused = true }

// Accept waits for the subject to connect and returns the server's end.
func (h *Host) Accept(reason string) *Peer {
	b := h.bench
	b.t.Helper()
	b.awaitOr(reason, func() bool { return len(h.waiting) > 0 }, func() outcome {
		return outcome{symptom: failure.Silence, got: "nobody dialled " + h.Addr(), want: "your code dials " + h.Addr()}
	})
	b.mu.Lock()
	c := h.waiting[0]
	h.waiting = h.waiting[1:]
	b.mu.Unlock()
	p := b.newPeer("server", "your client")
	p.unseen, p.paused = true, h.paused
	p.attach(c)
	return p
}

// Close closes the listener and resets the conns the script did not accept.
// Dialing it is refused from then on.
func (h *Host) Close() {
	h.ln.Close()
	b := h.bench
	b.mu.Lock()
	defer b.mu.Unlock()
	for !h.over {
		b.cond.Wait()
	}
	for _, c := range h.waiting {
		network.Reset(c)
	}
	h.waiting = nil
}

// Pair returns one conn: the script plays the first end, the subject gets the
// second. The wrappers (see package fault) go around the subject's end, in
// order. At the end of the script the bench closes both ends.
func (b *Bench) Pair(wrap ...func(net.Conn) net.Conn) (*Peer, net.Conn) {
	b.t.Helper()
	b.beyond("it hands over a conn of its own, which a server at an address does not take")
	harness, subject, err := b.net.Pair()
	if err != nil {
		b.t.Fatalf("harness: connect a pair: %v", err)
	}
	p := b.newPeer("peer", "your code")
	p.other = subject
	p.attach(harness)
	b.watchReads(subject)
	b.pairs = append(b.pairs, subject)
	for _, w := range wrap {
		subject = w(subject)
	}
	return p, subject
}
