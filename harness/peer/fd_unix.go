//go:build unix

package peer

import (
	"os"

	"socketkata/harness/endpoint"
	"socketkata/harness/network"
)

// ServeFD starts a serving function that works on descriptors, for exercises
// below package net: listenFD is a listening TCP socket on 127.0.0.1, in
// blocking mode and close-on-exec; stopFD becomes readable when it is time to
// stop, which [Server.Close] and the end of the script bring about. Both stay
// the bench's: it closes them when serve has returned. It needs [Loopback].
func (b *Bench) ServeFD(serve func(listenFD, stopFD int) error) *Server {
	b.t.Helper()
	if b.subject.IsAddress() {
		return b.serveAt(serve, false)
	}
	b.onlySockets("ServeFD")
	ln, err := network.ListenFD()
	if err != nil {
		b.run.Unable("listen", err)
	}
	b.mu.Lock()
	b.listeners = append(b.listeners, ln)
	b.mu.Unlock()
	s := &Server{bench: b, dial: dialer(ln.Addr()), addr: ln.Addr(), close: ln.Close, raw: true}
	s.call = b.subject.Call(b.nameOf(serve), func() error {
		defer ln.CloseFDs()
		return serve(ln.FD, ln.StopFD)
	})
	return s
}

// PairFD is [Bench.Pair] with a descriptor for the subject, for exercises below
// package net: the script plays the first end, and the second is a connected
// stream socket in blocking mode and close-on-exec. The bench closes the
// descriptor at the end of the script, unless the subject has. It needs
// [Loopback]; after Over(Unix) it is what socketpair(2) makes.
func (b *Bench) PairFD() (p *Peer, fd int) {
	b.t.Helper()
	b.notAt("the test passes a descriptor to your code; a server at an address cannot take one")
	b.onlySockets("PairFD")
	ours, theirs, err := b.net.Pair()
	if err == nil {
		fd, err = network.Duplicate(theirs)
	}
	if err != nil {
		b.run.Unable("make a pair", err)
	}
	b.lent = append(b.lent, network.Lend(fd))
	return b.newPeer(b.talk.NewSide("peer", "your code"), ours, endpoint.Setup{Unseen: true}), fd
}

// SendFiles sends bytes, at least one, and with the first of them descriptors of
// the files (unix(7), SCM_RIGHTS). The files stay the script's to close. It
// needs a stream made after Over(Unix).
func (p *Peer) SendFiles(data string, files ...*os.File) {
	b := p.bench
	b.t.Helper()
	if !p.end.CarriesFiles() || data == "" {
		b.t.Fatalf("harness: SendFiles needs a Unix stream (Over(Unix)) and at least one byte")
	}
	p.awaitSent()
	failed := p.end.SendFiles(data, files)
	p.awaitSent()
	if err := failed(); err != nil {
		b.t.Fatalf("harness: %v", err)
	}
}

// ExpectFiles is [Peer.Expect] for bytes with which the subject sends n
// descriptors, and returns those as files. It counts those that came with one of
// these bytes, no matter what else has arrived: to require them with the first
// byte, expect that byte alone. The bench closes at the end of the script what
// the script has not.
func (p *Peer) ExpectFiles(reason, want string, n int) []*os.File {
	p.bench.t.Helper()
	p.expect(reason, want)
	return p.takeFiles(reason, n)
}
