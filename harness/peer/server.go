package peer

import (
	"errors"
	"net"
	"syscall"

	"socketkata/harness/errno"
	"socketkata/harness/failure"
	"socketkata/harness/wire"
)

// A Server is the subject when it serves: a call that accepts conns from a
// listener of the bench.
type Server struct {
	bench *Bench
	call  *call
	dial  func() (net.Conn, error)
	addr  net.Addr
	close func() error
	raw   bool // it accepts by system call: the bench does not see its conns
}

// Serve starts a serving function of the subject on a new listener, in a
// goroutine of its own. Dialing works from that moment on: the listener's
// queue holds clients until they are accepted. The wrappers (see package
// fault) go around the listener, in order.
//
// At the end of the script the bench closes the listener and expects serve
// to return.
func (b *Bench) Serve(serve func(net.Listener) error, wrap ...func(net.Listener) net.Listener) *Server {
	b.t.Helper()
	if b.at() {
		return b.serveAt(serve, len(wrap) > 0)
	}
	ln, s := b.listener()
	handed := b.toSubject(ln)
	for _, w := range wrap {
		handed = w(handed)
	}
	s.call = b.start(nameOf(serve), func() error { return serve(handed) })
	return s
}

// Listener returns a listener that the script hands to the subject itself,
// and the server it makes: for subjects that are started in two steps.
// Dialing works at once.
func (b *Bench) Listener() (net.Listener, *Server) {
	b.t.Helper()
	b.beyond("the script has a listener of its own for the server, which a server at an address does not take")
	ln, s := b.listener()
	return b.toSubject(ln), s
}

func (b *Bench) listener() (*keeper, *Server) {
	b.t.Helper()
	inner := b.listen()
	ln := &keeper{Listener: inner.Listener, bench: b}
	b.mu.Lock()
	b.listeners = append(b.listeners, ln)
	b.mu.Unlock()
	return ln, &Server{bench: b, dial: inner.Dial, addr: inner.Addr(), close: ln.Close}
}

// Addr returns the address to dial, "127.0.0.1:40312".
func (s *Server) Addr() string { return s.addr.String() }

// Close closes the listener, as its owner does to end a server.
func (s *Server) Close() {
	s.bench.t.Helper()
	s.bench.beyond("the script closes the server's listener, which only its own process can")
	if s.close == nil {
		s.bench.t.Fatalf("harness: Close is for a listener of the bench; this one is the subject's")
	}
	s.close()
}

// Result waits until the serving function has returned and gives its error.
func (s *Server) Result(reason string) error {
	s.bench.t.Helper()
	s.bench.beyond("what the serving function returns is seen in its own process only")
	s.started("Result")
	return s.bench.result(reason, s.call)
}

// ExpectRunning checks that the serving function has not returned.
func (s *Server) ExpectRunning(reason string) {
	s.bench.t.Helper()
	s.bench.beyond("whether the serving function has returned is seen in its own process only")
	s.started("ExpectRunning")
	s.bench.expectPending(reason, s.call)
}

// started ends a script that asks for a call that the bench did not start.
func (s *Server) started(verb string) {
	s.bench.t.Helper()
	if s.call == nil {
		s.bench.t.Fatalf("harness: %s is for a server that the bench started; use Start and its Call", verb)
	}
}

// ServerAt returns what the subject listens with itself, at an address that it
// returned, so that the script can dial it: "tcp" and "127.0.0.1:40312", "udp",
// "unix" and a path, or "unixgram". It needs [Loopback]. Closing the socket
// remains the subject's business.
func (b *Bench) ServerAt(network, address string) *Server {
	b.t.Helper()
	b.beyond("it dials what the test had the server's code open, and a server at an address opens nothing for it")
	b.onlySockets("ServerAt")
	addr, err := resolve(network, address)
	if err != nil {
		b.t.Fatalf("harness: ServerAt: %v", err)
	}
	return &Server{bench: b, dial: dialer(addr), addr: addr, raw: true}
}

func resolve(network, address string) (net.Addr, error) {
	switch network {
	case "tcp", "tcp4", "tcp6":
		return net.ResolveTCPAddr(network, address)
	case "udp", "udp4", "udp6":
		return net.ResolveUDPAddr(network, address)
	}
	return net.ResolveUnixAddr(network, address)
}

// Dial connects a client to the server.
func (b *Bench) Dial(s *Server) *Peer {
	b.t.Helper()
	c, err := s.dial()
	p := b.newPeer("client", "your server")
	p.unseen = s.raw
	if err != nil {
		o := b.notDialed(p, err)
		o.want = "the conn is established"
		b.fail("the server accepts a new client", o)
	}
	p.attach(c)
	return p
}

// notDialed says why a dial failed: nobody listens any more, or the queue of
// the listener is full and nobody accepts.
func (b *Bench) notDialed(p *Peer, err error) outcome {
	b.t.Helper()
	switch {
	case isRefused(err):
		p.record(wire.Refused, nil)
		return outcome{symptom: failure.Refused, peer: p, got: "connection refused (" + err.Error() + ")"}
	case isTimeout(err):
		return outcome{symptom: failure.Silence, peer: p, got: "silence: the dial got no answer (" + err.Error() + ")"}
	}
	b.t.Fatalf("harness: dial: %v", err)
	return outcome{}
}

// isTimeout reports whether a dial got no answer in time: package net has more
// than one error for it.
func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout() || errno.Is(err, syscall.ETIMEDOUT)
}

// isRefused reports whether a dial failed because nobody listens.
func isRefused(err error) bool { return errno.Is(err, syscall.ECONNREFUSED) }

// ExpectRefused checks that nobody listens any more: a dial is refused.
func (s *Server) ExpectRefused(reason string) {
	b := s.bench
	b.t.Helper()
	c, err := s.dial()
	if isRefused(err) {
		return
	}
	p := b.newPeer("client", "your server")
	o := outcome{peer: p, got: "the conn is established"}
	if err != nil {
		o = b.notDialed(p, err)
	} else {
		p.attach(c)
	}
	o.symptom, o.want = failure.StaysOpen, "connection refused"
	b.fail(reason, o)
}

// A Crowd is many clients of one server.
type Crowd []*Peer

// Crowd connects n clients to the server. All of them are connected when it
// returns, whether or not the server has accepted them.
func (b *Bench) Crowd(s *Server, n int) Crowd {
	b.t.Helper()
	crowd := make(Crowd, n)
	for i := range crowd {
		crowd[i] = b.Dial(s)
	}
	return crowd
}

// Each calls act with each client in turn.
func (c Crowd) Each(act func(i int, client *Peer)) {
	for i, client := range c {
		act(i, client)
	}
}
