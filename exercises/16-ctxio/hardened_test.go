package ctxio_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"testing"
	"time"

	"socketkata/harness/peer"
)

func TestCounts(t *testing.T) {
	peer.Run(t, "R7: the bytes carried before ctx ended are reported with the error", func(b *peer.Bench) {
		client, conn := b.Pair()
		ctx, cancel := context.WithCancel(b.Context())
		filling := startReadFull(b, ctx, conn, 8)
		client.Send("abc")
		filling.ExpectPending("3 of 8 bytes are not enough")
		b.Note("ctx is cancelled")
		cancel()
		got, err := filling.Result("ReadFull returns at the cancel")
		b.ErrorIs("8 bytes never came", err, context.Canceled)
		b.Equal("ReadFull reports the 3 bytes it took", "abc", got)

		message := peer.Numbered(256 << 10)
		ctx, cancel = context.WithCancel(b.Context())
		client.StopReading()
		writing := startWrite(b, ctx, conn, message)
		writing.ExpectPending("Write waits until the client reads")
		b.Note("ctx is cancelled")
		cancel()
		n, err := writing.Result("Write returns at the cancel")
		b.ErrorIs("not everything was sent", err, context.Canceled)
		client.ResumeReading()
		_, err = startWrite(b, b.Context(), conn, message[n:]).Result("the next Write returns when the client has read")
		b.NoError("a cancelled call leaves the conn open and without a deadline", err)
		client.Expect("who goes on at Write's count loses nothing and repeats nothing", message)
	}, peer.Virtual)
}

func TestBytesMeetCancel(t *testing.T) {
	peer.Run(t, "R8: bytes that come together with the cancel are not lost", func(b *peer.Bench) {
		client, end := b.Pair()
		ctx, cancel := context.WithCancel(b.Context())
		conn := newCrossing(b, end, cancel, false)
		client.Send("precious")
		got, _ := startRead(b, ctx, conn, 100).Result("Read returns, with or without an error")
		b.Equal("Read reports what the conn gave it", "precious", got)

		client, end = b.Pair()
		ctx, cancel = context.WithCancel(b.Context())
		conn = newCrossing(b, end, cancel, false)
		n, _ := startWrite(b, ctx, conn, "precious").Result("Write returns, with or without an error")
		b.Equal("Write counts what the conn took", 8, n)
		client.Expect("what was counted arrives", "precious")
	}, peer.Virtual)
}

func TestLateCancel(t *testing.T) {
	peer.Run(t, "R9: a cancel that meets the end of its call does not reach the next one", func(b *peer.Bench) {
		client, end := b.Pair()
		ctx, cancel := context.WithCancel(b.Context())
		conn := newCrossing(b, end, cancel, true)
		client.Send("one")
		got, _ := startRead(b, ctx, conn, 3).Result("Read returns, with or without an error")
		b.Equal("the cancel came when the bytes were read", "one", got)
		client.Send("two")
		got, err := startRead(b, b.Context(), conn, 3).Result("the next Read returns")
		b.NoError("a deadline set to end the first Read does not hit the next", err)
		b.Equal("the next Read gets its bytes", "two", got)

		client, end = b.Pair()
		ctx, cancel = context.WithCancel(b.Context())
		conn = newCrossing(b, end, cancel, true)
		n, _ := startWrite(b, ctx, conn, "three").Result("Write returns, with or without an error")
		b.Equal("the cancel came when the bytes were sent", 5, n)
		_, err = startWrite(b, b.Context(), conn, "four").Result("the next Write returns")
		b.NoError("a deadline set to end the first Write does not hit the next", err)
		client.Expect("both messages arrive", "threefour")
	}, peer.Virtual)
}

func TestOtherDirection(t *testing.T) {
	peer.Run(t, "R10: a cancelled call leaves the deadline of the other direction alone", func(b *peer.Bench) {
		client, conn := b.Pair()
		client.StopReading()
		b.NoError("the caller sets a write deadline", conn.SetWriteDeadline(time.Now().Add(10*time.Second)))
		writing := peer.Start(b, "conn.Write", func() (int, error) { return conn.Write([]byte(peer.Numbered(256 << 10))) })
		ctx, cancel := context.WithTimeout(b.Context(), 2*time.Second)
		defer cancel()
		_, err := startRead(b, ctx, conn, 100).Result("Read returns at the timeout")
		b.ErrorIs("ctx ended the call, not the conn", err, context.DeadlineExceeded)
		_, err = writing.Result("the write deadline is still set after a cancelled Read")
		b.ErrorIs("nobody reads, and the write deadline passes", err, os.ErrDeadlineExceeded)
		b.Equal("the write deadline is still where the caller put it", 10*time.Second, b.Elapsed())

		client, conn = b.Pair()
		client.StopReading()
		b.NoError("the caller sets a read deadline", conn.SetReadDeadline(time.Now().Add(10*time.Second)))
		reading := peer.Start(b, "conn.Read", func() (int, error) { return conn.Read(make([]byte, 100)) })
		ctx, cancel = context.WithTimeout(b.Context(), 2*time.Second)
		defer cancel()
		_, err = startWrite(b, ctx, conn, peer.Numbered(256<<10)).Result("Write returns at the timeout")
		b.ErrorIs("ctx ended the call, not the conn", err, context.DeadlineExceeded)
		_, err = reading.Result("the read deadline is still set after a cancelled Write")
		b.ErrorIs("nothing comes, and the read deadline passes", err, os.ErrDeadlineExceeded)
		b.Equal("the read deadline is still where the caller put it", 20*time.Second, b.Elapsed())
	}, peer.Virtual)
}

func TestCause(t *testing.T) {
	peer.Run(t, "R11: the error tells the cause of the cancel too", func(b *peer.Bench) {
		_, conn := b.Pair()
		ctx, cancel := context.WithCancelCause(b.Context())
		reading := startRead(b, ctx, conn, 100)
		reading.ExpectPending("Read waits for the client")
		b.Note("ctx is cancelled")
		cancel(errShutdown)
		_, err := reading.Result("Read returns at the cancel")
		b.ErrorIs("the error tells why ctx was cancelled", err, errShutdown)
		b.ErrorIs("the error tells that ctx was cancelled", err, context.Canceled)
		_, err = startRead(b, ctx, conn, 100).Result("Read returns at once")
		b.ErrorIs("a ctx that has ended before has a cause too", err, errShutdown)
		b.ErrorIs("the error tells that ctx was cancelled", err, context.Canceled)

		_, conn = b.Pair()
		ctx, stop := context.WithTimeoutCause(b.Context(), 3*time.Second, errTooSlow)
		defer stop()
		_, err = startReadFull(b, ctx, conn, 100).Result("ReadFull returns at the timeout")
		b.ErrorIs("the error tells which timeout it was", err, errTooSlow)
		b.ErrorIs("the error tells that it was a timeout", err, context.DeadlineExceeded)
	}, peer.Virtual)
}

func TestNested(t *testing.T) {
	peer.Run(t, "R12: an inner timeout ends its own call and not those of the outer ctx", func(b *peer.Bench) {
		client, conn := b.Pair()
		outer, cancel := context.WithTimeoutCause(b.Context(), 9876*time.Millisecond, errShutdown)
		defer cancel()
		inner, cancel := context.WithTimeoutCause(outer, 2345*time.Millisecond, errTooSlow)
		defer cancel()
		_, err := startRead(b, inner, conn, 100).Result("Read returns at the inner timeout")
		b.ErrorIs("the inner timeout ended the call", err, errTooSlow)
		b.Equal("the error blames the outer ctx", false, errors.Is(err, errShutdown))

		client.Send("late\n")
		b.Settle() // a Read that was left behind takes the bytes now
		got, err := startRead(b, outer, conn, 100).Result("a call of the outer ctx goes on")
		b.NoError("the outer ctx lives on", err)
		b.Equal("a call of the outer ctx gets its bytes", "late\n", got)
		_, err = startRead(b, outer, conn, 100).Result("Read returns at the outer timeout")
		b.ErrorIs("now the outer timeout ended the call", err, errShutdown)
		b.Equal("the outer timeout counts from its own beginning", 9876*time.Millisecond, b.Elapsed())
	}, peer.Virtual)
}

func TestConnDeadlineFirst(t *testing.T) {
	peer.Run(t, "R13: a timeout is ctx's error even if a conn deadline passes before ctx is done", func(b *peer.Bench) {
		_, conn := b.Pair()
		ctx, cancel := newTardy(b.Context(), 3*time.Second)
		defer cancel()
		_, err := startRead(b, ctx, conn, 100).Result("Read returns at the timeout")
		b.ErrorIs("a timer of the conn may fire ahead of that of ctx", err, context.DeadlineExceeded)

		client, conn := b.Pair()
		client.StopReading()
		ctx, cancel = newTardy(b.Context(), 3*time.Second)
		defer cancel()
		_, err = startWrite(b, ctx, conn, peer.Numbered(256<<10)).Result("Write returns at the timeout")
		b.ErrorIs("a timer of the conn may fire ahead of that of ctx", err, context.DeadlineExceeded)
	}, peer.Virtual)
}

func TestNoHold(t *testing.T) {
	peer.Run(t, "R14: a ctx that ends after its call has no hold on the conn", func(b *peer.Bench) {
		client, conn := b.Pair()
		timed, cancel := context.WithTimeout(b.Context(), 3*time.Second)
		defer cancel()
		_, err := startWrite(b, timed, conn, "hello\n").Result("Write is through before the timeout")
		b.NoError("ctx lives for 3 seconds", err)
		client.Send("onetwo")
		_, err = startRead(b, timed, conn, 3).Result("Read is through before the timeout")
		b.NoError("ctx lives for 3 seconds", err)
		other, cancel := context.WithCancel(b.Context())
		_, err = startReadFull(b, other, conn, 3).Result("ReadFull is through before the cancel")
		b.NoError("ctx is cancelled later", err)

		reading := startRead(b, context.Background(), conn, 5)
		reading.ExpectPending("Read waits for the client")
		b.Note("ctx is cancelled")
		cancel()
		reading.ExpectPending("the cancel of a call that returned ends no other")
		b.Advance(10 * time.Second)
		reading.ExpectPending("the timeout of a call that returned ends no other")
		client.Send("three")
		got, err := reading.Result("Read returns when its bytes come, however late")
		b.NoError("this Read has no limit", err)
		b.Equal("Read gets its bytes, however late", "three", got)
		_, err = startWrite(b, context.Background(), conn, "bye\n").Result("Write has room to send")
		b.NoError("this Write has no limit", err)
		client.Expect("Write works on as well", "hello\nbye\n")
	}, peer.Virtual)
}

func TestOwnErrors(t *testing.T) {
	peer.Run(t, "R15: the errors of the conn itself come through", func(b *peer.Bench) {
		client, conn := b.Pair()
		client.Send("abc")
		client.CloseWrite()
		got, err := startReadFull(b, b.Context(), conn, 8).Result("ReadFull returns at the client's FIN")
		b.ErrorIs("the stream ends after 3 of 8 bytes", err, io.ErrUnexpectedEOF)
		b.Equal("ReadFull reports the 3 bytes it took", "abc", got)
		_, err = startReadFull(b, b.Context(), conn, 8).Result("ReadFull returns at the end of the stream")
		b.ErrorIs("the stream has ended before the first byte", err, io.EOF)
		_, err = startRead(b, b.Context(), conn, 8).Result("Read returns at the end of the stream")
		b.ErrorIs("the stream has ended", err, io.EOF)
		b.NoError("the caller closes the conn", conn.Close())
		_, err = startWrite(b, b.Context(), conn, "hello\n").Result("Write returns")
		b.ErrorIs("the conn is closed", err, net.ErrClosed)
	})
}

func TestNothingLeft(t *testing.T) {
	peer.Run(t, "R16: two thousand calls under one ctx leave nothing behind", func(b *peer.Bench) {
		ctx, cancel := context.WithCancel(b.Context())
		defer cancel()
		client, conn := b.Pair()
		b.Inside("it counts goroutines and bytes of memory")
		goroutines := runtime.NumGoroutine()
		kept := keptBy(b, func() {
			client.Send(peer.Numbered(2000))
			_, err := startReadOneByOne(b, ctx, conn, 2000).Result("2000 bytes are there for 2000 calls")
			b.NoError("2000 bytes are there for 2000 calls", err)
			b.Until("no goroutine waits for the end of ctx when its call has returned",
				func() bool { return runtime.NumGoroutine() < goroutines+50 })
		})
		b.Less("2000 calls that have returned keep less than 200 KiB of memory", kept, enoughKept)
	})
}
