package ctxio_test

import (
	"context"
	"io"
	"testing"
	"time"

	"socketkata/harness/peer"
)

func TestCarries(t *testing.T) {
	peer.Run(t, "R1: the bytes go through as long as ctx lives", func(b *peer.Bench) {
		ctx := context.Background()
		client, end := b.Pair()
		conn := &watched{Conn: end}
		client.Send("headbody")
		got, err := startReadFull(b, ctx, conn, 4).Result("ReadFull returns when it has 4 bytes")
		b.NoError("4 bytes were there", err)
		b.Equal("ReadFull takes what it is asked for", "head", got)
		got, err = startReadFull(b, ctx, conn, 4).Result("the next 4 bytes are left for the next call")
		b.NoError("the next 4 bytes were there", err)
		b.Equal("nothing is lost between two calls", "body", got)
		client.Send("x")
		got, err = startRead(b, ctx, conn, 100).Result("Read returns as soon as there are bytes")
		b.NoError("a byte was there", err)
		b.Equal("Read returns what is there", "x", got)
		filling := startReadFull(b, ctx, conn, 15)
		client.SendPieces("in ", "three ", "pieces")
		got, err = filling.Result("ReadFull returns when it has 15 bytes")
		b.NoError("15 bytes came", err)
		b.Equal("ReadFull goes on until it has everything", "in three pieces", got)
		reading := startRead(b, ctx, conn, 100)
		b.Until("Read waits for the client", conn.waits)
		n, err := startWrite(b, ctx, conn, "reply\n").Result("Write sends while a Read waits")
		b.NoError("everything was sent", err)
		b.Equal("Write counts what it sent", 6, n)
		client.Expect("what was written arrives", "reply\n")
		client.Send("thanks\n")
		got, err = reading.Result("Read returns when its bytes come")
		b.NoError("bytes came", err)
		b.Equal("Read returns what came", "thanks\n", got)
	})
}

func TestCancelRead(t *testing.T) {
	peer.Run(t, "R2: a cancel ends a Read that waits, with context.Canceled", func(b *peer.Bench) {
		_, end := b.Pair()
		conn := &watched{Conn: end}
		ctx, cancel := context.WithCancel(b.Context())
		reading := startRead(b, ctx, conn, 100)
		b.Until("Read waits for the client", conn.waits)
		b.Note("ctx is cancelled")
		cancel()
		_, err := reading.Result("Read returns although the client says nothing")
		b.ErrorIs("ctx ended the call, not the conn", err, context.Canceled)
	})
}

func TestTimeout(t *testing.T) {
	peer.Run(t, "R3: a call ends at the very instant ctx does", func(b *peer.Bench) {
		_, conn := b.Pair()
		ctx, cancel := context.WithTimeout(b.Context(), 1234*time.Millisecond)
		defer cancel()
		_, err := startRead(b, ctx, conn, 100).Result("Read returns at the timeout")
		b.ErrorIs("ctx ended the call, not the conn", err, context.DeadlineExceeded)
		b.Equal("Read returns at the timeout, not later", 1234*time.Millisecond, b.Elapsed())

		_, conn = b.Pair()
		ctx, cancel = context.WithTimeout(b.Context(), time.Hour)
		reading := startReadFull(b, ctx, conn, 100)
		b.Advance(333 * time.Millisecond)
		b.Note("ctx is cancelled")
		cancel()
		_, err = reading.Result("ReadFull returns at a cancel ahead of the timeout")
		b.ErrorIs("the cancel came first", err, context.Canceled)
		b.Equal("ReadFull returns at the cancel, not later", 1567*time.Millisecond, b.Elapsed())
	}, peer.Virtual)
}

func TestCancelWrite(t *testing.T) {
	peer.Run(t, "R4: a cancel ends a Write that nobody reads", func(b *peer.Bench) {
		client, conn := b.Pair()
		ctx, cancel := context.WithCancel(b.Context())
		client.StopReading()
		writing := startWrite(b, ctx, conn, peer.Numbered(256<<10))
		writing.ExpectPending("Write waits until the client reads")
		b.Note("ctx is cancelled")
		cancel()
		_, err := writing.Result("Write returns although the client reads nothing")
		b.ErrorIs("ctx ended the call, not the conn", err, context.Canceled)
	}, peer.Virtual)
}

func TestEndedBefore(t *testing.T) {
	peer.Run(t, "R5: a ctx that has ended takes no byte", func(b *peer.Bench) {
		client, end := b.Pair()
		conn := atHand{end}
		ctx, cancel := context.WithCancel(b.Context())
		b.Note("ctx is cancelled")
		cancel()
		client.Send("for later\n")
		got, err := startRead(b, ctx, conn, 100).Result("Read returns at once")
		b.ErrorIs("ctx had ended before the call", err, context.Canceled)
		b.Equal("Read takes nothing", "", got)
		got, err = startReadFull(b, ctx, conn, 10).Result("ReadFull returns at once")
		b.ErrorIs("ctx had ended before the call", err, context.Canceled)
		b.Equal("ReadFull takes nothing", "", got)
		expired, cancel := context.WithTimeout(b.Context(), -time.Second)
		defer cancel()
		got, err = startRead(b, expired, conn, 100).Result("Read returns at once")
		b.ErrorIs("the timeout was over before the call", err, context.DeadlineExceeded)
		b.Equal("Read takes nothing", "", got)
		b.Settle()
		got, err = startRead(b, b.Context(), conn, 100).Result("the bytes are there for a Read whose ctx lives")
		b.NoError("the ctx of this Read lives", err)
		b.Equal("the bytes are there for the next call", "for later\n", got)

		_, err = startWrite(b, ctx, conn, "too late\n").Result("Write returns at once")
		b.ErrorIs("ctx had ended before the call", err, context.Canceled)
		_, err = startWrite(b, b.Context(), conn, "in time\n").Result("a Write whose ctx lives returns")
		b.NoError("the ctx of this Write lives", err)
		client.Expect("Write under an ended ctx sends nothing", "in time\n")
		client.ExpectQuiet("nothing comes behind it either")
	}, peer.Virtual)
}

func TestFreshContext(t *testing.T) {
	peer.Run(t, "R6: the next call works on a conn on which a call was cancelled", func(b *peer.Bench) {
		client, conn := b.Pair()
		ctx, cancel := context.WithCancel(b.Context())
		reading := startRead(b, ctx, conn, 100)
		reading.ExpectPending("Read waits for the client")
		b.Note("ctx is cancelled")
		cancel()
		_, err := reading.Result("Read returns at the cancel")
		b.ErrorIs("ctx ended the call, not the conn", err, context.Canceled)
		client.Send("five!")
		b.Settle() // a Read that was left behind takes the bytes now
		got, err := startRead(b, context.Background(), conn, 100).Result("what came after the cancel is for the next Read")
		b.NoError("a cancelled call leaves the conn open and without a deadline", err)
		b.Equal("what came after the cancel is for the next Read", "five!", got)

		ctx, cancel = context.WithTimeout(b.Context(), time.Second)
		defer cancel()
		_, err = startRead(b, ctx, conn, 100).Result("Read returns at the timeout")
		b.ErrorIs("ctx ended the call, not the conn", err, context.DeadlineExceeded)
		client.Send("six!")
		readPlainly := func() (int, error) { return conn.Read(make([]byte, 100)) }
		_, err = peer.Start(b, "conn.Read", readPlainly).Result("the conn's own Read gets what came after the timeout")
		b.NoError("a call that timed out leaves the conn open and without a deadline", err)
		plain := peer.Start(b, "conn.Read", readPlainly)
		b.Advance(1000 * time.Hour)
		plain.ExpectPending("the conn has no deadline, not even a distant one")
		_, err = startWrite(b, context.Background(), conn, "thanks\n").Result("Write has room to send")
		b.NoError("the conn is open in both directions", err)
		client.Expect("Write works on as well", "thanks\n")
		client.CloseWrite()
		_, err = plain.Result("the conn's own Read returns at the end of the stream")
		b.ErrorIs("the client has finished", err, io.EOF)
	}, peer.Virtual)
}
