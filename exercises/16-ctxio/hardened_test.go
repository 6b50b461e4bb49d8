package ctxio_test

import (
	"context"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"socketkata/harness/peer"
)

func TestCounts_R7(t *testing.T) {
	peer.Run(t, "R7: a call ended by ctx reports the bytes it transferred", func(b *peer.Bench) {
		client, conn := b.Pair()
		ctx, cancel := context.WithCancel(b.Context())
		filling := startReadFull(b, ctx, conn, 8)
		client.Send("abc")
		filling.ExpectPending("ReadFull keeps waiting after 3 of 8 bytes")
		b.Note("ctx is canceled")
		cancel()
		got, err := filling.Result("ReadFull returns at the cancel")
		b.ErrorIs("fewer than 8 bytes arrived before the cancel", err, context.Canceled)
		b.Equal("ReadFull reports the 3 bytes it read", "abc", got)
		client.Send("defgh")
		got, err = startPlainRead(b, conn, 5).Result("the stream continues")
		b.NoError("a canceled call leaves the conn open and without a deadline", err)
		b.Equal("conn.Read continues where ReadFull has stopped", "defgh", got)

		message := peer.Numbered(256 << 10)
		ctx, cancel = context.WithCancel(b.Context())
		client.StopReading()
		_, err = startWrite(b, b.Context(), conn, "odd").Result("Write returns: the client's buffer has room")
		b.NoError("all bytes were sent", err)
		writing := startWrite(b, ctx, conn, message) // 3 bytes less fit than a power of two
		writing.ExpectPending("Write waits for the client to read")
		b.Note("ctx is canceled")
		cancel()
		n, err := writing.Result("Write returns at the cancel")
		b.ErrorIs("not all bytes were sent before the cancel", err, context.Canceled)
		client.ResumeReading()
		_, err = startWrite(b, b.Context(), conn, message[n:]).Result("the next Write returns once the client has read")
		b.NoError("a canceled call leaves the conn open and without a deadline", err)
		client.Expect("continuing at Write's count neither loses nor repeats bytes", "odd"+message)
	}, peer.Virtual)
}

func TestBytesMeetCancel_R8(t *testing.T) {
	peer.Run(t, "R8: a cancel racing with a call's return loses no bytes", func(b *peer.Bench) {
		client, end := b.Pair()
		ctx, cancel := context.WithCancel(b.Context())
		conn := newRacing(b, end, cancel, false)
		client.Send("precious")
		got, _ := startRead(b, ctx, conn, 100).Result("Read returns, with or without an error")
		b.Equal("Read reports the bytes that the conn returned", "precious", got)

		client, end = b.Pair()
		ctx, cancel = context.WithCancel(b.Context())
		conn = newRacing(b, end, cancel, false)
		n, _ := startWrite(b, ctx, conn, "precious").Result("Write returns, with or without an error")
		b.Equal("Write counts the bytes that the conn sent", 8, n)
		client.Expect("all counted bytes arrive at the client", "precious")
	}, peer.Virtual)
}

func TestLateCancel_R9(t *testing.T) {
	peer.Run(t, "R9: a cancel racing with a call's return cannot end the next call", func(b *peer.Bench) {
		for _, race := range []struct {
			late   bool
			reason string
		}{
			{false, "the deadline of a call that succeeded is cleared as well"},
			{true, "no deadline is set after the call has returned"},
		} {
			client, end := b.Pair()
			ctx, cancel := context.WithCancel(b.Context())
			conn := newRacing(b, end, cancel, race.late)
			client.Send("one")
			got, _ := startRead(b, ctx, conn, 3).Result("Read returns, with or without an error")
			b.Equal("Read had its bytes before the cancel", "one", got)
			client.Send("two")
			got, err := startRead(b, b.Context(), conn, 3).Result("the next Read returns")
			b.NoError(race.reason, err)
			b.Equal("the next Read gets its bytes", "two", got)

			client, end = b.Pair()
			ctx, cancel = context.WithCancel(b.Context())
			conn = newRacing(b, end, cancel, race.late)
			n, _ := startWrite(b, ctx, conn, "three").Result("Write returns, with or without an error")
			b.Equal("Write had sent its bytes before the cancel", 5, n)
			_, err = startWrite(b, b.Context(), conn, "four").Result("the next Write returns")
			b.NoError(race.reason, err)
			client.Expect("both messages arrive at the client", "threefour")
		}
		endings(b, true, func(call, end string, own, _ deadline) {
			b.Equal("no deadline is left on the conn by a "+call+" that "+end, none, own)
		})
	}, peer.Virtual)
}

func TestOtherDirection_R10(t *testing.T) {
	peer.Run(t, "R10: a canceled call leaves the other direction's deadline alone", func(b *peer.Bench) {
		for i, start := range []func(*peer.Bench, context.Context, net.Conn, int) *peer.Call[string]{startRead, startReadFull} {
			name := []string{"Read", "ReadFull"}[i]
			client, conn := b.Pair()
			client.StopReading()
			b.NoError("the caller sets a write deadline", conn.SetWriteDeadline(time.Now().Add(10*time.Second)))
			writing := peer.Start(b, "conn.Write", func() (int, error) { return conn.Write([]byte(peer.Numbered(256 << 10))) })
			client.Send("a")
			_, err := start(b, context.Background(), conn, 1).Result(name + " returns when the byte has arrived")
			b.NoError("one byte was asked for, and it has arrived", err)
			ctx, cancel := context.WithTimeout(b.Context(), 2*time.Second)
			defer cancel()
			_, err = start(b, ctxFirst(ctx), conn, 100).Result(name + " returns at the timeout")
			b.ErrorIs("the call was ended by ctx, not by the conn", err, context.DeadlineExceeded)
			_, err = writing.Result("the write deadline is still set after " + name + " without a timeout and with one")
			b.ErrorIs("the client reads nothing, so the write deadline expires", err, os.ErrDeadlineExceeded)
			b.Equal("the write deadline is still the one the caller set before "+name, time.Duration(i+1)*10*time.Second, b.Elapsed())
		}

		client, conn := b.Pair()
		client.StopReading()
		b.NoError("the caller sets a read deadline", conn.SetReadDeadline(time.Now().Add(10*time.Second)))
		reading := startPlainRead(b, conn, 100)
		_, err := startWrite(b, context.Background(), conn, "a").Result("Write returns: there is room for a byte")
		b.NoError("there is room for a byte", err)
		ctx, cancel := context.WithTimeout(b.Context(), 2*time.Second)
		defer cancel()
		_, err = startWrite(b, ctxFirst(ctx), conn, peer.Numbered(256<<10)).Result("Write returns at the timeout")
		b.ErrorIs("the call was ended by ctx, not by the conn", err, context.DeadlineExceeded)
		_, err = reading.Result("the read deadline is still set after Write without a timeout and with one")
		b.ErrorIs("the client sends nothing, so the read deadline expires", err, os.ErrDeadlineExceeded)
		b.Equal("the read deadline is still the one the caller set", 30*time.Second, b.Elapsed())

		for _, late := range []bool{false, true} {
			endings(b, late, func(call, end string, _, other deadline) {
				b.Equal("the other direction's deadline is left alone by a "+call+" that "+end, callers, other)
			})
		}
	}, peer.Virtual)
}

func TestCause_R11(t *testing.T) {
	peer.Run(t, "R11: the error wraps context.Cause(ctx) as well as ctx.Err()", func(b *peer.Bench) {
		_, conn := b.Pair()
		ctx, cancel := context.WithCancelCause(b.Context())
		reading := startRead(b, ctx, conn, 100)
		reading.ExpectPending("Read waits for the client to send")
		b.Note("ctx is canceled")
		cancel(errShutdown)
		_, err := reading.Result("Read returns at the cancel")
		b.ErrorIs("the error wraps the cause of the cancel", err, errShutdown)
		b.ErrorIs("the error also wraps context.Canceled", err, context.Canceled)
		_, err = startRead(b, ctx, conn, 100).Result("Read returns at once")
		b.ErrorIs("a ctx that is already done has a cause as well", err, errShutdown)
		b.ErrorIs("the error also wraps context.Canceled", err, context.Canceled)

		_, conn = b.Pair()
		ctx, stop := context.WithTimeoutCause(b.Context(), 3*time.Second, errTooSlow)
		defer stop()
		_, err = startReadFull(b, ctxFirst(ctx), conn, 100).Result("ReadFull returns at the timeout")
		b.ErrorIs("the error wraps the cause of the timeout", err, errTooSlow)
		b.ErrorIs("the error also wraps context.DeadlineExceeded", err, context.DeadlineExceeded)

		client, conn := b.Pair()
		client.Send("abc")
		ctx, cancel = context.WithCancelCause(b.Context())
		filling := startReadFull(b, ctx, conn, 8)
		filling.ExpectPending("ReadFull keeps waiting after 3 of 8 bytes")
		b.Note("ctx is canceled")
		cancel(io.EOF) // an errgroup cancels with whatever error a goroutine returned
		_, err = filling.Result("ReadFull returns at the cancel")
		b.ErrorIs("an io.EOF that is the cause is not the end of this stream", err, context.Canceled)
		b.ErrorIs("the error wraps the cause of the cancel", err, io.EOF)
	}, peer.Virtual)
}

func TestNested_R12(t *testing.T) {
	peer.Run(t, "R12: a derived context's timeout does not affect calls under its parent", func(b *peer.Bench) {
		client, conn := b.Pair()
		outer, cancel := context.WithTimeout(b.Context(), 9876*time.Millisecond)
		defer cancel()
		inner, cancel := context.WithTimeout(outer, 2345*time.Millisecond)
		defer cancel()
		_, err := startRead(b, ctxFirst(inner), conn, 100).Result("Read returns at the derived context's timeout")
		b.ErrorIs("the derived context's timeout ended the call", err, context.DeadlineExceeded)
		b.Equal("the derived context's timeout expires at its own time", 2345*time.Millisecond, b.Elapsed())

		client.Send("late\n")
		b.Settle() // an abandoned Read would take the bytes now
		got, err := startRead(b, ctxFirst(outer), conn, 100).Result("a call under the parent still works")
		b.NoError("the parent is not done", err)
		b.Equal("a call under the parent gets its bytes", "late\n", got)
		_, err = startRead(b, ctxFirst(outer), conn, 100).Result("Read returns at the parent's timeout")
		b.ErrorIs("the parent's timeout ended this call", err, context.DeadlineExceeded)
		b.Equal("the parent's timeout expires at its own time", 9876*time.Millisecond, b.Elapsed())
	}, peer.Virtual)
}

func TestConnDeadlineFirst_R13(t *testing.T) {
	peer.Run(t, "R13: a timeout returns ctx's error even if the conn deadline fires first", func(b *peer.Bench) {
		_, conn := b.Pair()
		ctx, cancel := context.WithTimeoutCause(b.Context(), 3*time.Second, errTooSlow)
		defer cancel()
		_, err := startRead(b, connFirst(ctx), conn, 100).Result("Read returns at the timeout")
		b.ErrorIs("the conn's timer may fire before ctx's", err, context.DeadlineExceeded)
		b.ErrorIs("ctx has its cause once it is done, not before", err, errTooSlow)

		client, conn := b.Pair()
		client.StopReading()
		ctx, cancel = context.WithTimeoutCause(b.Context(), 3*time.Second, errTooSlow)
		defer cancel()
		_, err = startWrite(b, connFirst(ctx), conn, peer.Numbered(256<<10)).Result("Write returns at the timeout")
		b.ErrorIs("the conn's timer may fire before ctx's", err, context.DeadlineExceeded)
		b.ErrorIs("ctx has its cause once it is done, not before", err, errTooSlow)
	}, peer.Virtual)
}
