//go:build linux

package rawfd_test

import (
	"net/netip"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	rawfd "socketkata/exercises/94-rawfd"
	"socketkata/harness/peer"
)

func TestListen(t *testing.T) {
	peer.Run(t, "R1: Listen returns a listener that is close-on-exec, and its address", func(b *peer.Bench) {
		l := listen(b)
		defer unix.Close(l.fd)
		b.Equal("Listen binds the address asked for", "127.0.0.1", l.bound.Addr().String())
		b.ExpectCloseOnExec("listenFD is close-on-exec", l.fd)
		b.Dial(b.ServerAt("tcp", l.bound.String()))
	}, peer.Loopback)
}

func TestEcho(t *testing.T) {
	peer.Run(t, "R2: AcceptEcho serves one client until its FIN", func(b *peer.Bench) {
		l := listen(b)
		defer unix.Close(l.fd)
		client := b.Dial(b.ServerAt("tcp", l.bound.String()))
		call := peer.Start(b, "AcceptEcho", func() (any, error) { return nil, rawfd.AcceptEcho(l.fd) })
		client.SendPieces("pi", "ng\n")
		client.Expect("AcceptEcho sends every byte back", "ping\n")
		client.CloseWrite()
		client.ExpectEOF("AcceptEcho closes the conn after the client's FIN")
		_, err := call.Result("AcceptEcho returns after the client's FIN")
		b.NoError("the client's FIN is the normal end", err)
	}, peer.Loopback)
}

func TestSignals(t *testing.T) {
	peer.Run(t, "R3: a signal neither ends AcceptEcho nor loses a byte", func(b *peer.Bench) {
		b.Inside("it sends signals to the thread of AcceptEcho")
		l := listen(b)
		defer unix.Close(l.fd)
		// Without a time limit the kernel restarts accept4 and read; see signal(7).
		long := unix.Timeval{Sec: 3600}
		b.NoError("the bench sets a time limit", unix.SetsockoptTimeval(l.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &long))
		threads := make(chan *peer.Thread, 1)
		peer.Start(b, "AcceptEcho", func() (any, error) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			threads <- peer.ThisThread()
			return nil, rawfd.AcceptEcho(l.fd)
		})
		thread := <-threads
		defer thread.Close()
		interrupt(b, thread)
		client := b.Dial(b.ServerAt("tcp", l.bound.String()))
		client.Send("ping\n")
		client.Expect("AcceptEcho still accepts", "ping\n")
		interrupt(b, thread)
		client.Send("pong\n")
		client.Expect("AcceptEcho still reads", "pong\n")
		client.CloseWrite()
		client.ExpectEOF("AcceptEcho closes the conn after the client's FIN")
	}, peer.Loopback)
}

type listener struct {
	fd    int
	bound netip.AddrPort
}

// listen calls Listen, which must work. The script closes the descriptor.
func listen(b *peer.Bench) listener {
	l, err := peer.Start(b, "Listen", func() (l listener, err error) {
		l.fd, l.bound, err = rawfd.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
		return l, err
	}).Result("Listen returns without waiting for a client")
	b.NoError("port 0 is always free", err)
	return l
}

// interrupt interrupts the thread five times, each time in another sleep.
func interrupt(b *peer.Bench, thread *peer.Thread) {
	last := ""
	for range 5 {
		b.Until("AcceptEcho waits in a system call", func() bool {
			before, known := thread.Sleep()
			number, _ := thread.Sleep()
			another := number != "" && number == before && number != last
			if another {
				last = number
			}
			return another || !known
		})
		thread.Interrupt()
	}
}
