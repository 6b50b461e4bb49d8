package peer

import (
	"net"

	"socketkata/harness/endpoint"
	"socketkata/harness/failure"
	"socketkata/harness/network"
	"socketkata/harness/subject"
	"socketkata/harness/wire"
)

// A Server is the subject when it serves: a call that accepts conns from a
// listener of the bench.
type Server struct {
	bench *Bench
	call  *subject.Call
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
// to return. If serve is a closure, [Bench.Named] tells what it calls.
func (b *Bench) Serve(serve func(net.Listener) error, wrap ...func(net.Listener) net.Listener) *Server {
	b.t.Helper()
	if b.subject.IsAddress() {
		return b.serveAt(serve, len(wrap) > 0)
	}
	ln, s := b.listener()
	for _, w := range wrap {
		ln = w(ln)
	}
	s.call = b.subject.Call(b.nameOf(serve), func() error { return serve(ln) })
	return s
}

// Listener returns a listener that the script hands to the subject itself,
// and the server it makes: for subjects that are started in two steps.
// Dialing works at once.
func (b *Bench) Listener() (net.Listener, *Server) {
	b.t.Helper()
	b.notAt("the test passes its own listener to your code; a server at an address cannot take one")
	return b.listener()
}

// listener returns a listener as the subject gets it, and its server.
func (b *Bench) listener() (net.Listener, *Server) {
	b.t.Helper()
	inner := b.listen()
	ln := network.Track(inner.Listener, b.subject)
	b.mu.Lock()
	b.listeners = append(b.listeners, ln)
	b.mu.Unlock()
	s := &Server{bench: b, dial: inner.Dial, addr: inner.Addr(), close: ln.Close}
	if b.subject.IsAway() {
		return ln.Shared(), s
	}
	return ln, s
}

// Named names the function of the subject that the next [Bench.Serve],
// [Bench.ServePacket] or [Bench.ServeFD] starts, for failures. It is for a closure
// that only adds arguments, such as a context or a limit:
//
//	b.Named("Serve").Serve(func(ln net.Listener) error { return echo.Serve(ctx, ln) })
//
// So a server at an address can take the function's place; the exercise's
// README.md says what it has to be started with.
func (b *Bench) Named(function string) *Bench {
	b.named = function
	return b
}

// nameOf returns the name of the function that is started next.
func (b *Bench) nameOf(serve any) string {
	name := b.named
	b.named = ""
	if name == "" {
		name = subject.FuncName(serve)
	}
	return name
}

// serveAt is Serve for a server at an address.
func (b *Bench) serveAt(serve any, wrapped bool) *Server {
	b.t.Helper()
	named := b.named != ""
	b.named = ""
	if wrapped {
		b.notAt("it needs a faulty listener or faulty conns, which only the server's own process can have")
	}
	if !named && !b.subject.Defines(serve) {
		b.notAt("the test passes functions to your code; a server at an address cannot take them")
	}
	addr, err := b.subject.Addr()
	if err != nil {
		b.t.Fatalf("harness: %v", err)
	}
	return &Server{bench: b, dial: dialer(addr), addr: addr, close: func() error { return nil }, raw: true}
}

// AtAddress reports whether this is a server at an address: the script sees its
// conns and nothing else, and cannot end it.
func (s *Server) AtAddress() bool { return s.bench.subject.IsAddress() }

// Addr returns the address to dial, "127.0.0.1:40312".
func (s *Server) Addr() string { return s.addr.String() }

// Close closes the listener, as its owner does to end a server.
func (s *Server) Close() {
	s.bench.t.Helper()
	s.bench.notAt("it closes the server's listener, which only the server's own process can do")
	if s.close == nil {
		s.bench.t.Fatalf("harness: Close is for a listener of the bench; this one is the subject's")
	}
	s.close()
}

// Result waits until the serving function has returned and gives its error.
func (s *Server) Result(reason string) error {
	s.bench.t.Helper()
	s.bench.notAt("it checks what the serving function returns, which only the server's own process can see")
	s.started("Result")
	return s.bench.run.Result(reason, s.call)
}

// ExpectRunning checks that the serving function has not returned. Of a server at
// an address nothing is checked: if it has ended, the next dial tells.
func (s *Server) ExpectRunning(reason string) {
	s.bench.t.Helper()
	if s.AtAddress() {
		return
	}
	s.started("ExpectRunning")
	s.bench.run.ExpectPending(reason, s.call)
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
func (b *Bench) ServerAt(kind, address string) *Server {
	b.t.Helper()
	b.notAt("it dials what your code opened for the test; a server at an address opens nothing for it")
	b.onlySockets("ServerAt")
	addr, err := network.Resolve(kind, address)
	if err != nil {
		b.run.Fail(nil, "the test dials the address where your code listens", failure.Outcome{Symptom: failure.WrongValue, Got: err.Error(), Want: "an address on loopback"})
	}
	return &Server{bench: b, dial: dialer(addr), addr: addr, raw: true}
}

// Dial connects a client to the server.
func (b *Bench) Dial(s *Server) *Peer {
	b.t.Helper()
	c, err := s.dial()
	side := b.talk.NewSide("client", "your server")
	if err != nil {
		o := b.notDialed(side, err)
		o.Want = "the dial succeeds"
		b.run.Fail(side, "the server accepts a new client", o)
	}
	return b.newPeer(side, c, endpoint.Setup{Unseen: s.raw})
}

// notDialed says why a dial failed: nobody listens any more, or the queue of
// the listener is full and nobody accepts.
func (b *Bench) notDialed(s *endpoint.Side, err error) failure.Outcome {
	b.t.Helper()
	switch {
	case network.IsRefused(err):
		s.Saw(wire.Refused, nil)
		return failure.Outcome{Symptom: failure.Refused, Got: "connection refused (" + err.Error() + ")"}
	case network.IsTimeout(err):
		return failure.Outcome{Symptom: failure.Silence, Got: "silence: the dial got no answer (" + err.Error() + ")"}
	}
	b.run.Unable("dial", err)
	return failure.Outcome{}
}

// ExpectRefused waits until nobody listens any more, so that a dial is refused.
// It may take a moment: a Close in another goroutine ends an Accept before it
// closes the descriptor.
func (s *Server) ExpectRefused(reason string) {
	b := s.bench
	b.t.Helper()
	b.run.Poll(nil, reason, func() bool {
		c, err := s.dial()
		if err == nil {
			c.Close()
		}
		return network.IsRefused(err)
	}, func() failure.Outcome {
		side := b.talk.NewSide("client", "your server")
		o := failure.Outcome{Got: "the conn is established"}
		if c, err := s.dial(); err != nil {
			o = b.notDialed(side, err)
		} else {
			b.newPeer(side, c, endpoint.Setup{})
		}
		o.Symptom, o.Want = failure.StaysOpen, "connection refused"
		return o
	})
}

// A Crowd is many clients of one server.
type Crowd []*Peer

// Crowd connects n clients to the server. All of them are connected when it
// returns, even if the server has not accepted them.
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
