package dial_test

import (
	"context"
	"runtime"
	"strings"
	"syscall"
	"time"

	dial "socketkata/exercises/01-dial"
	"socketkata/harness/peer"
)

// lateDeadline returns a ctx that is done a while after its deadline, as any
// ctx is on a busy machine: who gives the deadline to a conn hears from that
// first. A dial is not told of the deadline: a busy machine might get no further.
func lateDeadline(deadline, done time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.Background(), done)
	return late{ctx, time.Now().Add(deadline)}, cancel
}

type late struct {
	context.Context
	deadline time.Time
}

func (c late) Deadline() (time.Time, bool) {
	if dialing() {
		return time.Time{}, false
	}
	return c.deadline, true
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

// roomy is a limit that no reply of these scripts comes near.
const roomy = 64 << 20

// exchange calls Exchange in the background, so that the script can play the
// server meanwhile.
func exchange(ctx context.Context, b *peer.Bench, addr, request string, limit int) *peer.Call[[]byte] {
	return peer.Start(b, "Exchange", func() ([]byte, error) {
		return dial.Exchange(ctx, addr, []byte(request), limit)
	})
}

// closedPort returns an address at which nobody listens: the port of a conn's
// dialling end. The conn keeps others from taking the port.
func closedPort(b *peer.Bench) string {
	_, conn := b.Pair()
	return conn.RemoteAddr().String()
}

// What the system calls say. Windows has numbers of its own for sockets, for
// which package syscall has no names.
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

// first returns the first n bytes of s, or s if it is shorter.
func first(n int, s string) string { return s[:min(n, len(s))] }
