//go:build linux || darwin

package evloop_test

import (
	"golang.org/x/sys/unix"

	evloop "socketkata/exercises/15-evloop"
	"socketkata/harness/peer"
)

// zero watches a conn whose descriptor is 0.
func (x *box) zero() {
	defer keepStandardInput(x.b)()
	far, fd := x.track("terminus")
	unix.Dup2(fd, 0)
	x.tracks.Store(0, "terminus")
	x.b.NoError("Add watches descriptor 0", x.add(0, true, false))
	x.arrives(far, 0, "last train\n")
	x.expect("Wait reports descriptor 0 like any other", "terminus: Read")
	x.b.NoError("Del ends the watch of descriptor 0", x.del(0))
}

// serveZero runs a Serve whose listener, stopFD or first client is descriptor 0.
func serveZero(b *peer.Bench, what int) {
	defer keepStandardInput(b)()
	begin := make(chan struct{})
	server := b.Named("Serve").ServeFD(func(listenFD, stopFD int) error {
		p, err := evloop.New(level)
		if err != nil {
			return err
		}
		defer p.Close()
		<-begin
		fds := []int{listenFD, stopFD}
		if what < len(fds) {
			unix.Dup2(fds[what], 0)
			fds[what] = 0
		} else {
			unix.Close(0) // the lowest free number when Serve accepts its client
		}
		return evloop.Serve(p, fds[0], fds[1])
	})
	client := b.Dial(server)
	close(begin)
	client.Send("tea for one\n")
	client.Expect("Serve serves a client if the listener, stopFD or the client is descriptor 0", "tea for one\n")
	server.Close()
	b.NoError("a stop is no error, whichever descriptor is 0", server.Result("Serve stops, whichever descriptor is 0"))
	client.ExpectClosed("Serve closes its client, whichever descriptor is 0")
}

// keepStandardInput returns a function that makes descriptor 0 what it is now.
func keepStandardInput(b *peer.Bench) (restore func()) {
	b.Helper()
	stdin, err := unix.Dup(0)
	b.NoError("the bench keeps standard input", err)
	return func() {
		unix.Dup2(stdin, 0)
		unix.Close(stdin)
	}
}
