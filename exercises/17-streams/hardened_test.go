package streams_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	streams "socketkata/exercises/17-streams"
	"socketkata/harness/peer"
)

func TestLimit_R7(t *testing.T) {
	peer.Run(t, "R7: a separator beyond Limit is ErrLimit, and no byte is lost", func(b *peer.Bench) {
		const line = "METAR EDDF 281550Z 2" // 20 bytes
		ctx, limited := b.Context(), streams.Options{Limit: 20, High: 1000, Low: 100}
		airport, conn := b.Pair()
		s := open(b, conn, limited)
		airport.Send(line + "\n")
		expect(b, "ReadLine returns a line with exactly Limit (20) bytes before its separator", readLine(b, ctx, s), line+"\n")
		call := readUntil(end)(b, ctx, s)
		airport.SendPieces(line, "=\r", "")
		expectWaits(b, "ReadUntil waits for the end of its separator: Limit (20) bytes came before it", call)
		airport.Send("\n")
		expect(b, "ReadUntil returns: the separator itself does not count, and Limit (20) bytes came before it", call, line+end)
		airport.Send(line + "4\nNIL\n")
		expectError(b, "ReadLine returns ErrLimit: 21 bytes come before the separator, and Limit is 20", readLine(b, ctx, s), streams.ErrLimit)
		expectError(b, "ReadLine returns ErrLimit again: the first took nothing, so the next call finds the same", readLine(b, ctx, s), streams.ErrLimit)
		expect(b, "ReadUntil returns: ErrLimit took nothing, and this separator comes after Limit (20) bytes", readUntil("4")(b, ctx, s), line+"4")
		expect(b, "the rest is still there", readUntil("NIL\n")(b, ctx, s), "\nNIL\n")
		call = readUntil(end)(b, ctx, s)
		airport.Send(line + "400")
		expectError(b, "ReadUntil returns ErrLimit: 20 + 3 bytes without a separator, Limit+len(sep), are enough to know", call, streams.ErrLimit)
		expect(b, "ErrLimit takes nothing: ReadExactly returns the bytes", readExactly(23)(b, ctx, s), line+"400")
		airport.Send(line + "\n" + line + line + "\n")
		expect(b, "ReadLine returns a line of Limit (20) bytes: what comes after its separator does not count", readLine(b, ctx, s), line+"\n")
		expectError(b, "ReadLine returns ErrLimit: the next line has 40 bytes, and Limit is 20", readLine(b, ctx, s), streams.ErrLimit)
		expect(b, "ReadExactly has no limit: it returns 41 bytes, and 2*Limit is 40", readExactly(41)(b, ctx, s), line+line+"\n")

		airport, conn = b.Pair()
		s = open(b, conn, streams.Options{Limit: 1, High: 1000, Low: 100})
		airport.Send("A" + end + "BC" + end)
		expect(b, "ReadUntil returns one byte and its separator of 3, although 2*Limit is 2", readUntil(end)(b, ctx, s), "A"+end)
		expectError(b, "ReadUntil returns ErrLimit: two bytes come before the separator, and Limit is 1", readUntil(end)(b, ctx, s), streams.ErrLimit)
	})
}

func TestBounded_R8(t *testing.T) {
	peer.Run(t, "R8: at most 2*Limit bytes are held, unless a call needs more", func(b *peer.Bench) {
		const limit = 1000
		ctx := b.Context()
		airport, conn := b.Pair()
		w := &watched{Conn: conn}
		s := open(b, w, streams.Options{Limit: limit, High: 1000, Low: 100})
		taken := 0
		expectHeld := func(when string) {
			b.Helper()
			b.Settle()
			b.AtMost(when+", at most 2*Limit bytes are held: read from the conn, and returned by no call", size(int(w.read.Load())-taken), size(2*limit))
		}
		text := "NIL\n" + peer.Numbered(300<<10)
		airport.SendAsync(text)
		expectHeld("before the first call")
		expect(b, "ReadLine returns the first line", readLine(b, ctx, s), "NIL\n")
		taken = 4
		expectHeld("after ReadLine")
		b.AtMost("the airport has to wait: the network takes 64 KiB, and the Stream 2*Limit bytes", peer.Bytes(airport.Sent()), peer.Bytes(64<<10+4+2*limit))
		expect(b, "ReadExactly returns 200000 bytes, more than 2*Limit: it needs them", readExactly(200_000)(b, ctx, s), text[4:200_004])
		taken = 200_004
		expectHeld("after ReadExactly")
		expect(b, "ReadExactly returns all the rest", readExactly(len(text)-taken)(b, ctx, s), text[taken:])
		taken = len(text)

		call := readExactly(50_000)(b, ctx, s)
		airport.Send(peer.Numbered(30_000))
		expectWaits(b, "ReadExactly waits for the last 20000 of 50000 bytes", call)
		airport.SendAsync(peer.Numbered(30_000))
		expect(b, "ReadExactly returns 50000 bytes: the call in flight needs more than 2*Limit", call, peer.Numbered(30_000)+peer.Numbered(20_000))
		taken += 50_000
		expectHeld("after ReadExactly")
		expect(b, "ReadExactly returns all the rest", readExactly(10_000)(b, ctx, s), peer.Numbered(30_000)[20_000:])
		taken += 10_000

		short := b.CountingContext()
		call = readExactly(50_000)(b, short, s)
		expectWaits(b, "ReadExactly waits for its first byte", call)
		short.Cancel()
		expectError(b, "ctx ends ReadExactly, which is blocked", call, context.Canceled)
		airport.Send("=") // ends a Read of the conn that began for this call
		b.Settle()
		airport.SendAsync(peer.Numbered(30_000))
		expectHeld("after ctx has ended the call that needed 50000 bytes")

		_, conn = b.Pair()
		var left atomic.Int64
		left.Store(17 << 20)
		s = open(b, roomy{conn, &left}, streams.Options{Limit: 64 << 10, High: 64 << 10, Low: 1 << 10})
		before := inUse()
		airport, conn = b.Pair()
		roomier := open(b, conn, streams.Options{Limit: 64 << 20})
		airport.Send("NIL\n")
		expect(b, "ReadLine returns 4 bytes, although Limit is 64 MiB", readLine(b, ctx, roomier), "NIL\n")
		b.AtMost("memory is used for the 4 bytes that have arrived, not for Limit (64 MiB)", inUse()-before, size(8<<20))
		peer.Start(b, "ReadExactly", func() (bool, error) {
			for range 256 {
				_, err := s.ReadExactly(ctx, 64<<10)
				if err = errors.Join(err, s.Write(make([]byte, 64<<10)), s.Drain(ctx)); err != nil {
					return false, err
				}
			}
			return true, nil
		}).Result("16 MiB are read and written")
		b.AtMost("no memory is used for bytes that were returned or sent: 16 MiB of each", inUse()-before, size(8<<20))
	}, peer.Virtual)
}

func TestContext_R9(t *testing.T) {
	peer.Run(t, "R9: ctx ends a blocked call, loses no byte, and affects no other call", func(b *peer.Bench) {
		ctx := b.Context()
		done, cancel := context.WithCancelCause(ctx)
		cancel(unreachable) // ctx.Err() is context.Canceled all the same
		for _, r := range []struct {
			name    string
			call    reading
			arrived string
		}{{"Read", read(100), ""}, {"ReadLine", readLine, "Q10"}, {"ReadUntil", readUntil(end), "Q10=\r"}, {"ReadExactly", readExactly(8), "Q10"}} {
			airport, conn := b.Pair()
			g := newGated(b, conn)
			s := open(b, g, streams.Options{Limit: 1000})
			airport.Send(report)
			b.Settle()
			expectError(b, "ctx was done before the call, although bytes are there", r.call(b, done, s), context.Canceled)
			expect(b, "a call whose ctx was done has taken nothing", readUntil(end)(b, ctx, s), report)

			write(b, s, "RQM 1\n")
			draining, began := drain(b, ctx, s), b.Elapsed()
			timed, cancel := context.WithTimeout(ctx, 1234567*time.Microsecond)
			defer cancel()
			call := r.call(b, timed, s)
			airport.Send(r.arrived)
			expectError(b, "the timeout ends "+r.name, call, context.DeadlineExceeded)
			b.Note("ctx has ended " + r.name)
			b.Equal("the call returns at the timeout and not later", 1234567*time.Microsecond, b.Elapsed()-began)
			expectWaits(b, "a call that reads and is canceled does not end Drain", draining)
			airport.Send("18 NIL" + end)
			b.Settle()
			expect(b, "no byte is lost when ctx ends "+r.name, readUntil(end)(b, ctx, s), r.arrived+"18 NIL"+end)

			call = r.call(b, ctx, s)
			short, cancel := context.WithCancel(ctx)
			second := drain(b, short, s)
			expectWaits(b, "Drain waits: Write of the conn has not returned", second)
			cancel()
			expectError(b, "ctx ends Drain", second, context.Canceled)
			expectError(b, "ctx was done before Drain was called", drain(b, short, s), context.Canceled)
			expectWaits(b, "a Drain that is canceled does not end a call that reads", call)
			airport.Send("Q1018" + end)
			_, err := call.Result("the call returns when its bytes arrive")
			b.NoError("this call's ctx is not done", err)
			b.Equal("the Stream has called Write of its conn", true, g.pass(b, 6))
			airport.Expect("a Drain that is canceled takes nothing out of the queue", "RQM 1\n")
			expect(b, "the Drain that was not canceled returns", draining, "")
		}

		airport, conn := b.Pair()
		airport.StopReading()
		s := open(b, conn, streams.Options{Limit: 1000})
		write(b, s, peer.Numbered(256<<10))
		timed, stop := context.WithTimeout(ctx, time.Second)
		defer stop()
		expectError(b, "the timeout ends ReadLine", readLine(b, timed, s), context.DeadlineExceeded)
		airport.ResumeReading()
		airport.Expect("the timeout of a call that reads does not end a Write", peer.Numbered(256<<10))
		airport.Send("EGLL 18 NIL")
		timed, stop = context.WithTimeout(ctx, time.Second)
		defer stop()
		expectError(b, "the timeout ends ReadLine", readLine(b, timed, s), context.DeadlineExceeded)
		expect(b, "the next call finds its separator in the bytes that came before", readUntil("NIL")(b, ctx, s), "EGLL 18 NIL")

		short := b.CountingContext()
		call := readExactly(50_000)(b, short, s)
		airport.Send(peer.Numbered(30_000))
		expectWaits(b, "ReadExactly waits for the last 20000 of 50000 bytes", call)
		short.Cancel()
		expectError(b, "ctx ends ReadExactly, which is blocked", call, context.Canceled)
		expect(b, "no byte is lost when ctx ends a call, even above 2*Limit", readExactly(30_000)(b, ctx, s), peer.Numbered(30_000))

		airport, conn = b.Pair()
		g := newGated(b, conn)
		s = open(b, g, streams.Options{Limit: 1000})
		timed, stop = context.WithTimeout(ctx, time.Second)
		defer stop()
		expectError(b, "ctx ends Closed: nobody has called Close", closed(b, timed, s), context.DeadlineExceeded)
		counting := b.CountingContext()
		call = readLine(b, counting, s)
		draining := drain(b, counting, s)
		write(b, s, "RQM 1\n")
		second := drain(b, counting, s)
		airport.Send("NIL\n")
		b.Equal("the Stream has called Write of its conn", true, g.pass(b, 6))
		expect(b, "a Closed that is canceled closes nothing", call, "NIL\n")
		expect(b, "nothing is queued", draining, "")
		expect(b, "nothing is queued any more", second, "")
		counting.ExpectReleased("calls that have returned leave nothing registered on their ctx")
		write(b, s, "RQM 2\n")
		b.Settle()
		b.NoError("Close returns nil", quick(b, "Close", s.Close))
		timed, stop = context.WithTimeout(ctx, time.Second)
		defer stop()
		expectError(b, "ctx ends Closed: a byte is still queued", closed(b, timed, s), context.DeadlineExceeded)
		closing := closed(b, counting, s)
		b.Equal("the Stream has called Write of its conn", true, g.pass(b, 12))
		airport.Expect("a Closed that is canceled drops nothing", "RQM 1\nRQM 2\n")
		expect(b, "the Closed that was not canceled returns", closing, "")
		counting.ExpectReleased("Closed has returned and leaves nothing registered on its ctx")
		expectError(b, "ctx was done before Closed was called", closed(b, done, s), context.Canceled)
	}, peer.Virtual)
}
