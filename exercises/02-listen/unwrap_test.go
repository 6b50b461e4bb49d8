package listen_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestWrapped_R17(t *testing.T) {
	peer.Run(t, "R17: Kind finds the cause however it is wrapped", func(b *peer.Bench) {
		for _, wrapped := range []struct {
			reason, kind string
			err          error
		}{
			{"%w keeps the kind of an error", "eof", fmt.Errorf("read a name: %w", io.EOF)},
			{"%w keeps the kind of a truncated message", "truncated", fmt.Errorf("read a name: %w", io.ErrUnexpectedEOF)},
			{"%w over %w keeps the kind", "in-use", fmt.Errorf("start: %w", fmt.Errorf("open the door: %w", failed("listen", "bind", errInUse)))},
			{"an *os.SyscallError without an *net.OpError keeps the kind", "refused", os.NewSyscallError("connect", errRefused)},
			{"a bare errno also has a kind", "denied", errDenied},
			{"an *net.OpError around a bare errno keeps the kind", "reset", fault.Aborted()},
			{"an *net.OpError inside another keeps the kind", "not-local", &net.OpError{Op: "dial", Net: "tcp", Err: failed("dial", "connect", errNotLocal)}},
			{"errors.Join keeps the kind", "closed", errors.Join(errDown, &net.OpError{Op: "accept", Net: "tcp", Err: net.ErrClosed})},
			{"refused over IPv4 counts beside unreachable over IPv6", "refused", errors.Join(failed("dial", "connect", syscall.EHOSTUNREACH), failed("dial", "connect", errRefused))},
			{"two %w keep the kind of either error", "canceled", fmt.Errorf("%w: %w", context.Canceled, errDown)},
			{"a list of errors, which == cannot compare, keeps the kind", "eof", errorList{errDown, io.EOF}},
			{"a protocol's own error type keeps the kind", "reset", handshakeError{"handshake: read: connection reset", failed("read", "read", errReset)}},
			{"a timeout in a wrapper stays a timeout", "timeout", handshakeError{"handshake: i/o timeout", &net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}}},
		} {
			b.Equal(wrapped.reason, about(wrapped.err, wrapped.kind), kindOf(b, wrapped.err))
		}
	}, peer.Memory)
}

func TestTimeout_R18(t *testing.T) {
	peer.Run(t, "R18: Kind calls every timeout a timeout, whichever error says so", func(b *peer.Bench) {
		server := b.Listen()
		ctx, cancel := context.WithDeadline(b.Context(), time.Unix(1, 0))
		defer cancel()
		_, err := new(net.Dialer).DialContext(ctx, "tcp", server.Addr())
		b.Equal("context.DeadlineExceeded in a dial's error is a timeout", about(err, "timeout"), kindOf(b, err))
		err = failed("read", "read", errTimedOut)
		b.Equal("ETIMEDOUT, the kernel's own limit, is a timeout", about(err, "timeout"), kindOf(b, err))
		for _, cause := range []struct {
			name string
			err  error
		}{
			{"os.ErrDeadlineExceeded", os.ErrDeadlineExceeded},
			{"context.DeadlineExceeded", context.DeadlineExceeded},
			{"ETIMEDOUT", os.NewSyscallError("read", errTimedOut)},
		} {
			err = &net.OpError{Op: "dial", Net: "tcp", Err: fmt.Errorf("proxy: %w", cause.err)}
			b.Equal("an *net.OpError whose Timeout() is false may wrap "+cause.name, about(err, "timeout"), kindOf(b, err))
		}
		err = &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no answer", Name: "host.example", IsTimeout: true}}
		b.Equal("a resolver's timeout wraps neither sentinel, only Timeout() tells", about(err, "timeout"), kindOf(b, err))
		err = fmt.Errorf("fetch: %w", err)
		b.Equal("Kind also calls Timeout() on a wrapped error", about(err, "timeout"), kindOf(b, err))
		err = &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "host.example", IsNotFound: true}}
		b.Equal("a net.Error whose Timeout() is false is other", about(err, "other"), kindOf(b, err))
		err = unanswered{errors.New("no pong: i/o timeout")}
		b.Equal("any error type may be a net.Error", about(err, "timeout"), kindOf(b, err))
		err = failed("read", "read", syscall.EAGAIN)
		b.Equal("an *net.OpError around EAGAIN also says Timeout()", about(err, "timeout"), kindOf(b, err))
		err = fault.TooManyFiles()
		b.Equal("a transient error is not a timeout", about(err, "other"), kindOf(b, err))
	}, peer.Loopback)
}

func TestFullBacklog_R19(t *testing.T) {
	peer.Run(t, "R19: a dial to a full backlog is a timeout, not refused", func(b *peer.Bench) {
		full := needFullBacklog(b)
		defer full.Close()
		err := full.dialUntilFull(b, socketLimit, os.ErrDeadlineExceeded)
		b.Equal("a dial ended by os.ErrDeadlineExceeded is a timeout", about(err, "timeout"), kindOf(b, err))
		err = full.dialUntilFull(b, contextLimit, context.DeadlineExceeded)
		b.Equal("a dial ended by context.DeadlineExceeded is a timeout", about(err, "timeout"), kindOf(b, err))
	}, peer.Loopback)
}

func TestTextDoesNotMatter_R20(t *testing.T) {
	peer.Run(t, "R20: Kind looks at the error, never at its text", func(b *peer.Bench) {
		for _, cause := range []error{
			io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, context.Canceled, context.DeadlineExceeded, os.ErrDeadlineExceeded,
			errInUse, errDenied, errNotLocal, errRefused, errReset, errTimedOut, syscall.EPIPE, syscall.ECONNABORTED,
		} {
			for _, err := range []error{errors.New(cause.Error()), fmt.Errorf("peer logged: %v", cause)} {
				b.Equal("an error with the text of another is not that error", about(err, "other"), kindOf(b, err))
			}
		}
		for _, told := range []struct {
			reason, kind string
			err          error
		}{
			{"net.ErrClosed is closed, even if the text hides it", "closed", handshakeError{"handshake failed", net.ErrClosed}},
			{"ECONNREFUSED is refused, even if the text hides it", "refused", handshakeError{"handshake failed", failed("dial", "connect", errRefused)}},
			{"os.ErrDeadlineExceeded is a timeout, even if the text hides it", "timeout", handshakeError{"handshake failed", os.ErrDeadlineExceeded}},
			{"os.ErrClosed is about files, not about conns", "other", os.ErrClosed},
			{"io.ErrClosedPipe may mean that the other side closed", "other", io.ErrClosedPipe},
			{"io.ErrShortWrite is about a Write, not about a stream that ends", "other", io.ErrShortWrite},
			{"an unknown error is other", "other", errDown},
		} {
			b.Equal(told.reason, about(told.err, told.kind), kindOf(b, told.err))
		}
		for _, err := range []error{
			syscall.EBADF, syscall.ENETDOWN, syscall.ENETRESET, syscall.ENETUNREACH, syscall.ENOTCONN, syscall.ESHUTDOWN, io.ErrNoProgress,
		} {
			b.Equal("an error that is not listed is other", about(err, "other"), kindOf(b, err))
		}
	}, peer.Memory)
}
