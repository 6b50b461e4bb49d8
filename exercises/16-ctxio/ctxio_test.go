package ctxio_test

import (
	"context"
	"io"
	"testing"
	"time"

	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestCarries_R1(t *testing.T) {
	peer.Run(t, "R1: Read, Write and ReadFull work normally while ctx is not done", func(b *peer.Bench) {
		ctx := context.Background()
		client, end := b.Pair()
		conn := &readWatcher{Conn: end}
		client.Send("headbody")
		got, err := startReadFull(b, ctx, conn, 4).Result("ReadFull returns once it has 4 bytes")
		b.NoError("4 bytes were available", err)
		b.Equal("ReadFull reads only as many bytes as it was asked for", "head", got)
		got, err = startReadFull(b, ctx, conn, 4).Result("the next 4 bytes are left for the next call")
		b.NoError("the next 4 bytes were available", err)
		b.Equal("no bytes are lost between two calls", "body", got)
		client.Send("x")
		got, err = startRead(b, ctx, conn, 100).Result("Read returns as soon as there are bytes")
		b.NoError("a byte was available", err)
		b.Equal("Read returns the bytes that are available", "x", got)
		filling := startReadFull(b, ctx, conn, 15)
		client.SendPieces("in ", "three ", "pieces")
		got, err = filling.Result("ReadFull returns once it has 15 bytes")
		b.NoError("15 bytes arrived", err)
		b.Equal("ReadFull keeps reading until p is full", "in three pieces", got)
		_, empty := b.Pair(fault.WaitsInEmptyRead)
		_, err = startReadFull(b, ctx, empty, 0).Result("ReadFull of 0 bytes needs no c.Read: on some conns, a Read of no bytes waits")
		b.NoError("all 0 bytes are read", err)
		reading := startRead(b, ctx, conn, 100)
		b.Until("Read waits for the client to send", conn.reading)
		n, err := startWrite(b, ctx, conn, "reply\n").Result("Write sends while a Read waits")
		b.NoError("all bytes were sent", err)
		b.Equal("Write returns the number of bytes it sent", 6, n)
		client.Expect("the bytes written arrive at the client", "reply\n")
		client.Send("thanks\n")
		got, err = reading.Result("Read returns when its bytes arrive")
		b.NoError("bytes arrived", err)
		b.Equal("Read returns the bytes that arrived", "thanks\n", got)
	})
}

func TestCancelRead_R2(t *testing.T) {
	peer.Run(t, "R2: a blocked Read returns context.Canceled when ctx is canceled", func(b *peer.Bench) {
		_, end := b.Pair()
		conn := &readWatcher{Conn: end}
		ctx, cancel := context.WithCancel(b.Context())
		reading := startRead(b, ctx, conn, 100)
		b.Until("Read waits for the client to send", conn.reading)
		b.Note("ctx is canceled")
		cancel()
		_, err := reading.Result("Read returns although the client sends nothing")
		b.ErrorIs("the call was ended by ctx, not by the conn", err, context.Canceled)
	})
}

func TestTimeout_R3(t *testing.T) {
	peer.Run(t, "R3: a blocked call returns the instant ctx is done", func(b *peer.Bench) {
		_, conn := b.Pair()
		ctx, cancel := context.WithTimeout(b.Context(), 1234*time.Millisecond)
		defer cancel()
		_, err := startRead(b, ctxFirst(ctx), conn, 100).Result("Read returns at the timeout")
		b.ErrorIs("the call was ended by ctx, not by the conn", err, context.DeadlineExceeded)
		b.Equal("Read returns at the timeout and not later", 1234*time.Millisecond, b.Elapsed())

		_, conn = b.Pair()
		ctx, cancel = context.WithTimeout(b.Context(), time.Hour)
		reading := startReadFull(b, ctx, conn, 100)
		b.Advance(333 * time.Millisecond)
		b.Note("ctx is canceled")
		cancel()
		_, err = reading.Result("ReadFull returns at a cancel before the timeout")
		b.ErrorIs("the cancel came before the timeout", err, context.Canceled)
		b.Equal("ReadFull returns at the cancel and not later", 1567*time.Millisecond, b.Elapsed())
	}, peer.Virtual)
}

func TestCancelWrite_R4(t *testing.T) {
	peer.Run(t, "R4: a blocked Write returns context.Canceled when ctx is canceled", func(b *peer.Bench) {
		client, conn := b.Pair()
		ctx, cancel := context.WithCancel(b.Context())
		client.StopReading()
		writing := startWrite(b, ctx, conn, peer.Numbered(256<<10))
		writing.ExpectPending("Write waits for the client to read")
		b.Note("ctx is canceled")
		cancel()
		_, err := writing.Result("Write returns although the client reads nothing")
		b.ErrorIs("the call was ended by ctx, not by the conn", err, context.Canceled)
	}, peer.Virtual)
}

func TestEndedBefore_R5(t *testing.T) {
	peer.Run(t, "R5: a call whose ctx is already done transfers no bytes", func(b *peer.Bench) {
		client, end := b.Pair()
		conn := neverBlocking{end}
		ctx, cancel := context.WithCancel(b.Context())
		b.Note("ctx is canceled")
		cancel()
		client.Send("for later\n")
		got, err := startRead(b, ctx, conn, 100).Result("Read returns at once")
		b.ErrorIs("ctx was already done before the call", err, context.Canceled)
		b.Equal("Read transfers no bytes", "", got)
		got, err = startReadFull(b, ctx, conn, 10).Result("ReadFull returns at once")
		b.ErrorIs("ctx was already done before the call", err, context.Canceled)
		b.Equal("ReadFull transfers no bytes", "", got)
		expired, cancel := context.WithTimeout(b.Context(), -time.Second)
		defer cancel()
		got, err = startRead(b, expired, conn, 100).Result("Read returns at once")
		b.ErrorIs("the timeout had expired before the call", err, context.DeadlineExceeded)
		b.Equal("Read transfers no bytes", "", got)
		got, err = startReadFull(b, expired, conn, 10).Result("ReadFull returns at once")
		b.ErrorIs("the timeout had expired before the call", err, context.DeadlineExceeded)
		b.Equal("ReadFull transfers no bytes", "", got)
		b.Settle()
		got, err = startRead(b, b.Context(), conn, 100).Result("a Read whose ctx is not done returns")
		b.NoError("this Read's ctx is not done", err)
		b.Equal("the bytes are left for the next call", "for later\n", got)

		_, err = startWrite(b, ctx, conn, "too late\n").Result("Write returns at once")
		b.ErrorIs("ctx was already done before the call", err, context.Canceled)
		_, err = startWrite(b, expired, conn, "too late\n").Result("Write returns at once")
		b.ErrorIs("the timeout had expired before the call", err, context.DeadlineExceeded)
		_, err = startWrite(b, b.Context(), conn, "in time\n").Result("a Write whose ctx is not done returns")
		b.NoError("this Write's ctx is not done", err)
		client.Expect("a Write whose ctx was already done sends nothing", "in time\n")
		client.ExpectQuiet("nothing arrives after it either")
	}, peer.Virtual)
}

func TestFreshContext_R6(t *testing.T) {
	peer.Run(t, "R6: the conn still works after a canceled or timed-out call", func(b *peer.Bench) {
		client, conn := b.Pair()
		ctx, cancel := context.WithCancel(b.Context())
		reading := startRead(b, ctx, conn, 100)
		reading.ExpectPending("Read waits for the client to send")
		b.Note("ctx is canceled")
		cancel()
		_, err := reading.Result("Read returns at the cancel")
		b.ErrorIs("the call was ended by ctx, not by the conn", err, context.Canceled)
		client.Send("five!")
		b.Settle() // an abandoned Read would take the bytes now
		got, err := startRead(b, context.Background(), conn, 100).Result("bytes that arrive after the cancel go to the next Read")
		b.NoError("a canceled call leaves the conn open and without a deadline", err)
		b.Equal("bytes that arrive after the cancel go to the next Read", "five!", got)

		ctx, cancel = context.WithTimeout(b.Context(), time.Second)
		defer cancel()
		_, err = startRead(b, ctxFirst(ctx), conn, 100).Result("Read returns at the timeout")
		b.ErrorIs("the call was ended by ctx, not by the conn", err, context.DeadlineExceeded)
		client.Send("six!")
		_, err = startPlainRead(b, conn, 100).Result("bytes that arrive after the timeout go to conn.Read")
		b.NoError("a call that timed out leaves the conn open and without a deadline", err)
		plain := startPlainRead(b, conn, 100)
		b.Advance(1000 * time.Hour)
		plain.ExpectPending("the conn has no deadline, not even a distant one")
		_, err = startWrite(b, context.Background(), conn, "thanks\n").Result("Write returns: the client's buffer has room")
		b.NoError("the conn is open in both directions", err)
		client.Expect("Write still works as well", "thanks\n")
		client.CloseWrite()
		_, err = plain.Result("conn.Read returns at EOF")
		b.ErrorIs("the client has closed its side", err, io.EOF)
	}, peer.Virtual)
}
