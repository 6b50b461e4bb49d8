package peer

import (
	"errors"
	"net"

	"socketkata/harness/endpoint"
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
	failed  error      // of the last call of Accept
	over    bool       // the listener is closed
}

// Listen starts a server that the script plays. It needs an arena with
// addresses: [Loopback].
func (b *Bench) Listen() *Host {
	b.t.Helper()
	b.notAt("it tests a client; a server at an address does not dial")
	b.onlySockets("Listen")
	return b.host(b.listen())
}

func (b *Bench) host(ln net.Listener) *Host {
	h := &Host{bench: b, ln: ln}
	b.hosts = append(b.hosts, h)
	b.own.Go(func() { network.AcceptAll(ln, h.took) })
	return h
}

// took notes a conn, or why there is none.
func (h *Host) took(c net.Conn, err error) {
	h.bench.mu.Lock()
	defer h.bench.mu.Unlock()
	if err == nil {
		h.waiting = append(h.waiting, c)
	}
	h.failed, h.over = err, errors.Is(err, net.ErrClosed)
	h.bench.changed.Broadcast()
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
	b.run.Await(nil, reason, func() bool { return len(h.waiting) > 0 }, h.missed)
	b.mu.Lock()
	c := h.waiting[0]
	h.waiting = h.waiting[1:]
	b.mu.Unlock()
	return b.newPeer(b.talk.NewSide("server", "your client"), c, endpoint.Setup{Unseen: true, Paused: h.paused})
}

// missed says why there is no conn. The lock is held.
func (h *Host) missed() failure.Outcome {
	o := failure.Outcome{Symptom: failure.Silence, Got: "no conn came to " + h.Addr(), Want: "your code dials " + h.Addr()}
	if h.failed != nil {
		o.Got += ", because the test cannot accept one: " + h.failed.Error()
	}
	return o
}

// Close closes the listener and resets the conns the script did not accept.
// Dialing it is refused from then on.
func (h *Host) Close() {
	h.ln.Close()
	b := h.bench
	b.mu.Lock()
	defer b.mu.Unlock()
	for !h.over {
		b.changed.Wait()
	}
	for _, c := range h.waiting {
		network.Reset(c)
	}
	h.waiting = nil
}

// Pair returns one conn: the script plays the first end, the subject gets the
// second. The wrappers (see package fault) go around the subject's end, in
// order; without any it is a *net.TCPConn over [Loopback], and a *net.UnixConn
// after Over(Unix). At the end of the script the bench closes both ends.
func (b *Bench) Pair(wrap ...func(net.Conn) net.Conn) (*Peer, net.Conn) {
	b.t.Helper()
	return b.PairAs("peer", wrap...)
}

// PairAs is [Bench.Pair] for a script with peers of several kinds: name is what
// this one plays, as the drawing shows it.
func (b *Bench) PairAs(name string, wrap ...func(net.Conn) net.Conn) (*Peer, net.Conn) {
	b.t.Helper()
	b.notAt("the test passes its own conn to your code; a server at an address cannot take one")
	harness, subject, err := b.net.Pair()
	if err != nil {
		b.run.Unable("connect a pair", err)
	}
	p := b.newPeer(b.talk.NewSide(name, "your code"), harness, endpoint.Setup{Subject: subject})
	network.TrackReads(subject, b.subject)
	b.lent = append(b.lent, subject)
	for _, w := range wrap {
		subject = w(subject)
	}
	return p, subject
}
