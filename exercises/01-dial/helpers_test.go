package dial_test

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"syscall"
	"time"

	dial "socketkata/exercises/01-dial"
	"socketkata/harness/peer"
)

// lateDeadline returns a ctx that is done some time after its deadline, as on
// a busy machine. A dial or a conn with that deadline times out first.
func lateDeadline(deadline, done time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.Background(), done)
	return late{ctx, time.Now().Add(deadline)}, cancel
}

type late struct {
	context.Context
	deadline time.Time
}

func (c late) Deadline() (time.Time, bool) { return c.deadline, true }

// A hidden context hides its deadline from package net while it dials, so that
// the dial cannot time out.
type hidden struct{ context.Context }

func (c hidden) Deadline() (time.Time, bool) {
	if dialing() {
		return time.Time{}, false
	}
	return c.Context.Deadline()
}

// An expiring context reports a passed deadline once the one in it is canceled.
type expiring struct{ context.Context }

// Value hides that context: a child of it would call itself canceled.
func (expiring) Value(any) any { return nil }

func (c expiring) Err() error {
	if c.Context.Err() != nil {
		return context.DeadlineExceeded
	}
	return nil
}

// dialing reports whether package net is among the callers.
func dialing() bool {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "net.") {
			return true
		}
		if !more {
			return false
		}
	}
}

// roomy is a limit far above the size of every reply in these scripts.
const roomy = 64 << 20

// exchange calls Exchange in the background, so that the script can play the
// server.
func exchange(ctx context.Context, b *peer.Bench, addr, request string, limit int) *peer.Call[[]byte] {
	return exchangeBytes(ctx, b, addr, []byte(request), limit)
}

func exchangeBytes(ctx context.Context, b *peer.Bench, addr string, request []byte, limit int) *peer.Call[[]byte] {
	return peer.Start(b, "Exchange", func() ([]byte, error) {
		return dial.Exchange(ctx, addr, request, limit)
	})
}

// otherCall checks that a call with a server of its own sends its request.
func otherCall(b *peer.Bench, reason string) {
	b.Helper()
	host := b.Listen()
	reply := exchange(b.Context(), b, host.Addr(), "ping\n", roomy)
	server := host.Accept(reason)
	server.Expect(reason, "ping\n")
	server.CloseWrite()
	reply.Result("Exchange returns when the server ends the reply")
}

// answer reads one client's request until EOF and replies.
func answer(ln net.Listener, reply string) {
	if c, err := ln.Accept(); err == nil {
		io.ReadAll(c)
		c.Write([]byte(reply))
		c.Close()
	}
}

// closedPort returns an address where nothing listens: the local port of a
// dialed conn. The conn keeps others from taking the port.
func closedPort(b *peer.Bench) string {
	_, conn := b.Pair()
	return conn.RemoteAddr().String()
}

// errShutdown is the cause of a canceled context.
var errShutdown = errors.New("the program shuts down")

// The errors of the system calls. On Windows sockets have their own error
// numbers, which package syscall does not name.
var (
	errRefused = number(syscall.ECONNREFUSED, 10061)
	errReset   = number(syscall.ECONNRESET, 10054)
)

func number(unix, windows syscall.Errno) syscall.Errno {
	if runtime.GOOS == "windows" {
		return windows
	}
	return unix
}

// endedReading reports whether Exchange has read to the end while its Write is
// blocked: everything waits, and at most one goroutine waits for the network.
// Those that read and those that write look alike.
func endedReading(b *peer.Bench) bool {
	if !b.AtRest() {
		return false
	}
	network := 0
	for _, s := range b.States() {
		if s.Name == "IO wait" {
			network++
		}
	}
	return network <= 1
}

// first returns the first n bytes of s, or s if it is shorter.
func first(n int, s string) string { return s[:min(n, len(s))] }
