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

// needForeign skips the script on a machine where listening on a foreign
// address succeeds.
func needForeign(b *peer.Bench, addr string) {
	ln, err := net.Listen("tcp", addr)
	if err == nil {
		ln.Close()
		b.Skip("this machine can listen on foreign addresses (net.ipv4.ip_nonlocal_bind)")
	}
}

// needName skips the script on a machine that cannot resolve the name in addr.
func needName(b *peer.Bench, addr string) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		b.Skip("this machine cannot listen on " + addr)
	}
	ln.Close()
}

// A backlog is a listener without Accept calls, and the clients waiting in it.
type backlog struct {
	net.Listener
	clients []net.Conn
}

// needFullBacklog returns a listener with the shortest possible backlog. It
// skips the script on systems other than Linux: Windows refuses a dial to a
// full backlog, and the others were not examined.
func needFullBacklog(b *peer.Bench) *backlog {
	b.Helper()
	if runtime.GOOS != "linux" {
		b.Skip("only Linux is known to leave a dial to a full backlog unanswered")
	}
	var config net.ListenConfig
	config.SetMultipathTCP(false) // listen(2) can change the backlog of plain TCP
	ln, err := config.Listen(b.Context(), "tcp", "127.0.0.1:0")
	b.NoError("the bench opens a listener", err)
	raw, err := ln.(*net.TCPListener).SyscallConn()
	b.NoError("the listener has a descriptor", err)
	b.NoError("the descriptor is open", raw.Control(func(fd uintptr) { err = listenAgain(syscall.Listen, fd) }))
	b.NoError("a second listen(2) changes the length of the backlog", err)
	return &backlog{Listener: ln}
}

// listenAgain calls listen with a backlog of 1. Descriptors are ints or, on
// Windows, handles.
func listenAgain[FD ~int | ~uintptr](listen func(FD, int) error, fd uintptr) error {
	return listen(FD(fd), 1)
}

// dialUntilFull dials until the backlog is full and a dial returns an error
// that wraps sentinel. It returns that error. Each dial has its own context; if
// one ends in another way, the next gets more time, because on a busy machine
// it may not even have started.
func (q *backlog) dialUntilFull(b *peer.Bench, limit func(time.Duration) (context.Context, func()), sentinel error) error {
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
	b.Skip("this kernel's backlog does not fill, or a dial ends in another way")
	return nil
}

// Close closes the listener and its clients.
func (q *backlog) Close() error {
	for _, c := range q.clients {
		c.Close()
	}
	return q.Listener.Close()
}

// Two contexts that limit a dial. Each always causes one of the two sentinels
// that an ordinary context with a deadline causes at random.

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

// contextLimit returns a context that is done in time but reports no deadline:
// the context itself ends the dial, with context.DeadlineExceeded.
func contextLimit(d time.Duration) (context.Context, func()) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	return undisclosed{ctx}, cancel
}

type undisclosed struct{ context.Context }

func (undisclosed) Deadline() (time.Time, bool) { return time.Time{}, false }
