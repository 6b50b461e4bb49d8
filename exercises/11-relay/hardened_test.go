package relay_test

import (
	"context"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestNeverReads_R7(t *testing.T) {
	peer.Run(t, "R7: a side that never reads stops only its own direction, within 1 MiB", func(b *peer.Bench) {
		s := begin(b, 0)
		s.client.StopReading()
		s.feed.SendAsync(peer.Numbered(peer.Plenty))
		s.feed.ExpectStall("Relay stops reading from the feed while the client does not read", mostTaken)
		s.client.Send(peer.Numbered(peer.Plenty))
		s.feed.Expect("the other direction does not wait", peer.Numbered(peer.Plenty))
		s.client.ResumeReading()
		s.client.Expect("Relay loses no byte once the client reads again", peer.Numbered(peer.Plenty))

		s = begin(b, 0)
		s.feed.StopReading()
		s.client.SendAsync(peer.Numbered(peer.Plenty))
		s.client.ExpectStall("Relay stops reading from the client while the feed does not read", mostTaken)
		s.feed.Send("copper 9120\n")
		s.client.Expect("the other direction does not wait", "copper 9120\n")
		s.feed.ResumeReading()
		s.feed.Expect("Relay loses no byte once the feed reads again", peer.Numbered(peer.Plenty))

		s = beginWith(b, b.Context(), 0, fault.FailRead(8, errNetwork), nil)
		s.client.StopReading()
		s.feed.SendAsync(peer.Numbered(peer.Plenty))
		b.Settle()
		s.client.Send("copper?\n")
		_, err := s.call.Result("Relay returns although the other direction is blocked in Write")
		b.ErrorIs("Read failed", err, errNetwork)
		s.expectClosed(b)
	}, peer.Virtual)
}

func TestFails_R8(t *testing.T) {
	peer.Run(t, "R8: a failed Read or Write ends both directions and is Relay's error", func(b *peer.Bench) {
		ctx := b.CountingContext()
		s := beginWith(b, ctx, 0, fault.FailRead(0, errNetwork), nil)
		_, err := s.call.Result("Relay returns when Read fails, although the feed's stream has not ended")
		b.ErrorIs("Relay returns the error of Read", err, errNetwork)
		s.feed.ExpectReset("the feed does not take the failed Read for an end")
		s.client.ExpectReset("the client does not take the failed Read for an end")
		b.Until("Relay leaves no goroutine", func() bool { return b.Goroutines() == 0 })
		ctx.ExpectReleased("Relay leaves nothing registered on ctx")

		s = beginWith(b, b.Context(), 0, fault.FailWrite(13, errNetwork), nil)
		s.client.Send("copper?\n")
		s.feed.Expect("the question reaches the feed", "copper?\n")
		s.feed.Send("copper 9120\n")
		s.client.Expect("the answer reaches the client", "copper 9120\n")
		s.feed.Send("copper 9121\n")
		end, err := s.call.Result("Relay returns when Write fails, although neither stream has ended")
		b.ErrorIs("Relay returns the error of Write", err, errNetwork)
		b.AtMost("ba counts no byte that Write has not taken", end.ba, int64(13))
		b.AtLeast("ba counts the byte that Write took before it failed", end.ba, int64(13))
		b.Equal("ab counts what went the other way", int64(8), end.ab)
		s.feed.ExpectReset("the feed does not take the failed Write for an end")
		s.expectClosed(b)

		for _, failure := range []namedError{
			{"io.ErrUnexpectedEOF", io.ErrUnexpectedEOF},
			{"net.ErrClosed", net.ErrClosed},
			{"syscall.ETIMEDOUT", syscall.ETIMEDOUT},
		} {
			s := beginWith(b, b.Context(), time.Hour, nil, fault.FailRead(0, failure.error))
			_, err := s.call.Result("Relay returns when Read fails with " + failure.name)
			b.ErrorIs("Relay returns the error of Read", err, failure.error)
			s.client.ExpectReset("the client does not take the failed Read for an end")
		}
		s = beginWith(b, b.Context(), 0, nil, fault.FailRead(0, os.ErrDeadlineExceeded))
		_, err = s.call.Result("Relay returns when Read meets a deadline although idle is 0")
		b.ErrorIs("Relay returns the error of Read", err, os.ErrDeadlineExceeded)

		for _, failure := range []namedError{
			{"io.EOF", io.EOF},
			{"syscall.EPIPE", syscall.EPIPE},
			{"syscall.ETIMEDOUT", syscall.ETIMEDOUT},
		} {
			s := beginWith(b, b.Context(), time.Hour, nil, fault.FailWrite(0, failure.error))
			s.client.Send("copper?\n")
			_, err := s.call.Result("Relay returns when Write fails with " + failure.name)
			b.ErrorIs("Relay returns the error of Write", err, failure.error)
			s.client.ExpectReset("the client does not take the failed Write for an end")
		}
	})
}

func TestContext_R9(t *testing.T) {
	peer.Run(t, "R9: when its context is done, Relay resets both conns at once", func(b *peer.Bench) {
		ctx := b.CountingContext()
		s := beginWith(b, ctx, idle, nil, nil)
		s.client.StopReading()
		s.feed.SendAsync(peer.Numbered(peer.Plenty))
		b.Advance(3 * time.Second)
		ctx.Cancel()
		end, err := s.call.Result("Relay returns even if it is blocked in Write and in Read")
		b.ErrorIs("Relay returns ctx.Err()", err, context.Canceled)
		b.Equal("Relay returns at 3s, when ctx is canceled", 3*time.Second, end.took)
		s.feed.ExpectReset("the feed does not take the cancel for an end")
		s.expectClosed(b)

		short, cancel := context.WithTimeoutCause(b.Context(), 5*time.Second, errNetwork)
		defer cancel()
		s = beginWith(b, short, idle, nil, nil)
		end, err = s.call.Result("Relay returns when ctx has timed out")
		b.ErrorIs("Relay returns ctx.Err(), not the cause", err, context.DeadlineExceeded)
		b.Equal("Relay returns at 5s, when ctx times out", 5*time.Second, end.took)
		s.client.ExpectReset("the client does not take the timeout for an end")
		s.feed.ExpectReset("the feed does not take the timeout for an end")

		ctx = b.CountingContext()
		feedConn := new(watchedConn)
		s = beginWith(b, ctx, idle, nil, feedConn.wrap)
		s.client.Send("copper?\n")
		s.client.CloseWrite()
		s.feed.Expect("the question reaches the feed", "copper?\n")
		s.feed.ExpectEOF("the feed learns that the client's stream has ended")
		b.Advance(4 * time.Second)
		ctx.Cancel()
		end, err = s.call.Result("Relay returns although one stream has ended")
		b.ErrorIs("Relay returns ctx.Err()", err, context.Canceled)
		b.Equal("Relay returns at 4s, when ctx is canceled", 4*time.Second, end.took)
		b.Equal("ab counts the bytes from a to b, though ctx is canceled", int64(len("copper?\n")), end.ab)
		s.client.ExpectReset("the client does not take the cancel for an end")
		b.Equal("Relay resets the feed's conn as well, although FIN went there", dropped, feedConn.fate())

		s = beginWith(b, short, 0, nil, nil)
		end, err = s.call.Result("Relay returns at once if ctx is done before the call")
		b.ErrorIs("Relay returns ctx.Err()", err, context.DeadlineExceeded)
		b.Equal("Relay returns at once", time.Duration(0), end.took)
		s.client.ExpectReset("Relay resets the client's conn even if ctx was done before the call")
		s.feed.ExpectReset("Relay resets the feed's conn even if ctx was done before the call")

		ctx = b.CountingContext()
		s = beginWith(b, ctx, idle, nil, nil)
		s.client.CloseWrite()
		s.feed.ExpectEOF("the feed learns that the client's stream has ended")
		s.feed.CloseWrite()
		_, err = s.call.Result("Relay returns when both streams have ended")
		b.NoError("both streams ended with FIN", err)
		ctx.ExpectReleased("Relay leaves nothing registered on ctx")
	}, peer.Virtual)
}

func TestConnTypes_R10(t *testing.T) {
	peer.Run(t, "R10: the conns may have any type with CloseWrite and SetLinger", func(b *peer.Bench) {
		for _, conns := range []struct {
			wrap wrapper
			how  string
		}{
			{fault.OneByteReads, "each Read returns one byte"},
			{fault.EmptyReads, "every other Read returns no byte and no error"},
			{fault.DataWithEOF, "the last Read returns bytes and io.EOF"},
		} {
			s := beginWith(b, b.Context(), 0, conns.wrap, conns.wrap)
			s.client.Send("copper?\n")
			s.client.CloseWrite()
			s.feed.Expect(conns.how+", and all bytes reach the feed", "copper?\n")
			s.feed.ExpectEOF("the end is passed on to a conn that is no *net.TCPConn")
			s.feed.Send("copper 9120\n")
			s.feed.CloseWrite()
			s.client.Expect(conns.how+", and all bytes reach the client", "copper 9120\n")
			s.client.ExpectEOF("the end is passed on to a conn that is no *net.TCPConn")
			_, err := s.call.Result("Relay returns when both streams have ended")
			b.NoError("both streams ended with FIN", err)

			s = beginWith(b, b.Context(), 0, conns.wrap, conns.wrap)
			s.client.Send("copper?\n")
			s.feed.Expect("the question reaches the feed", "copper?\n")
			s.feed.Reset()
			s.client.ExpectReset("a reset is passed on to a conn that is no *net.TCPConn")
		}

		s := beginWith(b, b.Context(), 0, func(c net.Conn) net.Conn { return neverLingers{c} }, nil)
		s.feed.Reset()
		_, err := s.call.Result("Relay returns although SetLinger fails")
		b.ErrorIs("Relay returns the error of Read", err, errReset)
		s.client.ExpectClosed("Relay closes a conn even if its SetLinger fails")
		s.expectClosed(b)
	})
}
