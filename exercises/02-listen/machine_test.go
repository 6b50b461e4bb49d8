package listen_test

import (
	"context"
	"errors"
	"net"
	"runtime"
	"syscall"
	"time"

	"socketkata/harness/peer"
)

// needIPv6 skips the script on a machine that has no IPv6 on loopback.
func needIPv6(b *peer.Bench) {
	ln, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		b.Skip("this machine has no IPv6 on loopback")
	}
	ln.Close()
}

// needForeign skips the script on a machine that lets anybody listen on an
// address it does not have.
func needForeign(b *peer.Bench, addr string) {
	ln, err := net.Listen("tcp", addr)
	if err == nil {
		ln.Close()
		b.Skip("this machine listens on addresses of other machines (net.ipv4.ip_nonlocal_bind)")
	}
}

// needName skips the script on a machine that does not know the name in addr.
func needName(b *peer.Bench, addr string) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		b.Skip("this machine cannot listen on " + addr)
	}
	ln.Close()
}

// A queue is a listener that nobody accepts from, and the clients in it.
type queue struct {
	net.Listener
	clients []net.Conn
}

// needFullQueue returns a listener with the shortest queue there is. It skips
// the script where a full queue does not leave a dial unanswered for sure:
// Windows refuses it, and of the others only Linux was looked at.
func needFullQueue(b *peer.Bench) *queue {
	b.Helper()
	if runtime.GOOS != "linux" {
		b.Skip("a full queue is sure to leave a dial unanswered on Linux only")
	}
	var config net.ListenConfig
	config.SetMultipathTCP(false) // plain TCP, whose queue listen(2) sets again
	ln, err := config.Listen(b.Context(), "tcp", "127.0.0.1:0")
	b.NoError("the bench listens", err)
	raw, err := ln.(*net.TCPListener).SyscallConn()
	b.NoError("the listener has a descriptor", err)
	b.NoError("the descriptor is open", raw.Control(func(fd uintptr) { err = listenAgain(syscall.Listen, fd) }))
	b.NoError("a second listen(2) changes the length of the queue", err)
	return &queue{Listener: ln}
}

// listenAgain calls listen with a queue of one. Descriptors are ints or, on
// Windows, handles.
func listenAgain[FD ~int | ~uintptr](listen func(FD, int) error, fd uintptr) error {
	return listen(FD(fd), 1)
}

// dialInVain dials until the queue is full and a dial ends with this sentinel
// inside its error, which it returns. Each dial gets a context of its own, and
// more time than the one before if that ended in another way: on a busy machine
// it may not even have begun.
func (q *queue) dialInVain(b *peer.Bench, limit func(time.Duration) (context.Context, func()), sentinel error) error {
	b.Helper()
	patience := time.Millisecond
	for range 32 {
		ctx, cancel := limit(patience)
		c, err := new(net.Dialer).DialContext(ctx, "tcp", q.Addr().String())
		cancel()
		switch {
		case errors.Is(err, sentinel):
			return err
		case err == nil:
			q.clients = append(q.clients, c)
		default:
			patience = min(2*patience, 100*time.Millisecond)
		}
	}
	b.Skip("this kernel's queue does not fill, or a dial ends in another way")
	return nil
}

// Close closes the listener and its clients.
func (q *queue) Close() error {
	for _, c := range q.clients {
		c.Close()
	}
	return q.Listener.Close()
}

// Two contexts that limit a dial. Each gives one of the two sentinels that an
// ordinary context with a deadline gives by chance.

// socketLimit returns a context that has a deadline and is never done: the
// socket's own deadline ends the dial, with os.ErrDeadlineExceeded.
func socketLimit(d time.Duration) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	return never{ctx, time.Now().Add(d)}, cancel
}

type never struct {
	context.Context
	deadline time.Time
}

func (c never) Deadline() (time.Time, bool) { return c.deadline, true }

// contextLimit returns a context that is done in time and tells no deadline
// before: it ends the dial itself, with context.DeadlineExceeded.
func contextLimit(d time.Duration) (context.Context, func()) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	return untold{ctx}, cancel
}

type untold struct{ context.Context }

func (untold) Deadline() (time.Time, bool) { return time.Time{}, false }
