package listen_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestWrapped(t *testing.T) {
	peer.Run(t, "R17: Kind sees through every wrapping", func(b *peer.Bench) {
		for _, wrapped := range []struct {
			reason, kind string
			err          error
		}{
			{"%w keeps the kind of an error", "eof", fmt.Errorf("read a name: %w", io.EOF)},
			{"%w keeps the kind of a truncated message", "truncated", fmt.Errorf("read a name: %w", io.ErrUnexpectedEOF)},
			{"%w over %w keeps the kind", "in-use", fmt.Errorf("start: %w", fmt.Errorf("open the door: %w", failed("listen", "bind", errInUse)))},
			{"an *os.SyscallError needs no *net.OpError around it", "refused", os.NewSyscallError("connect", errRefused)},
			{"a bare number is an error as well", "denied", errDenied},
			{"the number may stand in the *net.OpError bare", "reset", fault.Aborted()},
			{"one *net.OpError may stand in another", "not-local", &net.OpError{Op: "dial", Net: "tcp", Err: failed("dial", "connect", errNotLocal)}},
			{"errors.Join keeps the kind", "closed", errors.Join(errDown, &net.OpError{Op: "accept", Net: "tcp", Err: net.ErrClosed})},
			{"two %w keep the kind of either error", "canceled", fmt.Errorf("%w: %w", errDown, context.Canceled)},
			{"a protocol's own error type keeps the kind", "reset", handshakeError{"handshake: read: connection reset", failed("read", "read", errReset)}},
			{"a timeout in a wrapper stays a timeout", "timeout", handshakeError{"handshake: i/o timeout", &net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}}},
		} {
			b.Equal(wrapped.reason, about(wrapped.err, wrapped.kind), kindOf(b, wrapped.err))
		}
	}, peer.Memory)
}

func TestTimeout(t *testing.T) {
	peer.Run(t, "R18: Kind calls every timeout by that name, whichever error is inside", func(b *peer.Bench) {
		server := b.Listen()
		ctx, cancel := context.WithDeadline(b.Context(), time.Unix(1, 0))
		defer cancel()
		_, err := new(net.Dialer).DialContext(ctx, "tcp", server.Addr())
		b.Equal("context.DeadlineExceeded in a dial's error is a timeout", about(err, "timeout"), kindOf(b, err))
		err = &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
		b.Equal("os.ErrDeadlineExceeded in a dial's error is a timeout too", about(err, "timeout"), kindOf(b, err))
		err = context.DeadlineExceeded
		b.Equal("context.DeadlineExceeded by itself is a timeout", about(err, "timeout"), kindOf(b, err))
		err = failed("read", "read", errTimedOut)
		b.Equal("ETIMEDOUT, the kernel's own limit, is a timeout", about(err, "timeout"), kindOf(b, err))
		err = &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no answer", Name: "host.example", IsTimeout: true}}
		b.Equal("a resolver's timeout has neither sentinel inside, only Timeout()", about(err, "timeout"), kindOf(b, err))
		err = fmt.Errorf("fetch: %w", err)
		b.Equal("Timeout() is asked of what is wrapped, too", about(err, "timeout"), kindOf(b, err))
		err = &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "host.example", IsNotFound: true}}
		b.Equal("a net.Error whose Timeout() is false is no timeout", about(err, "other"), kindOf(b, err))
	}, peer.Loopback)
}

func TestFullQueue(t *testing.T) {
	peer.Run(t, "R19: a dial to a full queue is a timeout, not refused", func(b *peer.Bench) {
		full := needFullQueue(b)
		defer full.Close()
		err := full.dialInVain(b, socketLimit, os.ErrDeadlineExceeded)
		b.Equal("a dial ended by os.ErrDeadlineExceeded is a timeout", about(err, "timeout"), kindOf(b, err))
		err = full.dialInVain(b, contextLimit, context.DeadlineExceeded)
		b.Equal("a dial ended by context.DeadlineExceeded is a timeout", about(err, "timeout"), kindOf(b, err))
	}, peer.Loopback)
}

func TestTextDoesNotMatter(t *testing.T) {
	peer.Run(t, "R20: Kind goes by the error, never by its text", func(b *peer.Bench) {
		for _, told := range []struct {
			reason, kind string
			err          error
		}{
			{"an error that says EOF is not io.EOF", "other", errors.New("EOF")},
			{"an error that quotes another is not that error", "other", errors.New("peer logged: dial tcp: connect: connection refused")},
			{"an error that speaks of a timeout is none", "other", errors.New("bad config: i/o timeout is not a number")},
			{"net.ErrClosed counts though the text does not tell", "closed", handshakeError{"handshake failed", net.ErrClosed}},
			{"ECONNREFUSED counts though the text does not tell", "refused", handshakeError{"handshake failed", failed("dial", "connect", errRefused)}},
			{"os.ErrDeadlineExceeded counts though the text does not tell", "timeout", handshakeError{"handshake failed", os.ErrDeadlineExceeded}},
			{"an error nobody has heard of is other", "other", errDown},
		} {
			b.Equal(told.reason, about(told.err, told.kind), kindOf(b, told.err))
		}
	}, peer.Memory)
}
