package streams_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	streams "socketkata/exercises/17-streams"
	"socketkata/harness/peer"
)

func TestLinear_R11(t *testing.T) {
	peer.Run(t, "R11: a result's time grows with its length, not its square", func(b *peer.Bench) {
		ctx := b.Context()
		airport, conn := b.Pair()
		s := open(b, conn, streams.Options{Limit: 32 << 20})
		call := readUntil(end)(b, ctx, s)
		onePiece := func() { airport.Send("=\r"); b.Settle() }
		first := shortest(onePiece)
		airport.Send(strings.Repeat("=\r", 4<<20))
		late := shortest(onePiece)
		expectWaits(b, "ReadUntil waits: the separator is missing", call)
		b.AtMost("8 MiB that have arrived before two bytes do not delay those", late, 10*first)

		airport, conn = b.Pair()
		s = open(b, conn, streams.Options{Limit: 4 << 20})
		airport.SendAsync(strings.Repeat(report, 160_000))
		b.Settle()
		peer.Start(b, "ReadLine", func() (bool, error) {
			late = shortest(func() { s.ReadLine(ctx) })
			return true, nil
		}).Result("100 lines have arrived")
		b.AtMost("8 MiB that have arrived behind a line do not delay it", late, 10*first)
	}, peer.Virtual)
}

func TestSlices_R12(t *testing.T) {
	peer.Run(t, "R12: no slice is shared with the caller", func(b *peer.Bench) {
		ctx := b.Context()
		airport, conn := b.Pair()
		g := newGated(b, conn)
		s := open(b, g, streams.Options{Limit: 1000, High: 10_000, Low: 1000})
		p := []byte("RQM 1\nnot to be sent")
		b.NoError("Write queues the bytes", quick(b, "Write", func() error { return s.Write(p[:6]) }))
		b.Settle()
		b.Equal("Write changes nothing in its argument, nor behind it", "RQM 1\nnot to be sent", string(p))
		copy(p, "RQM 9\n")
		b.NoError("Write queues the bytes", quick(b, "Write", func() error { return s.Write(p[:6]) }))
		copy(p, "overwritten")
		for i := range 100 {
			write(b, s, peer.Numbered(100+i))
		}
		b.Equal("the Stream has called Write of its conn", true, g.pass(b, 112))
		airport.Expect("what Write got is sent, although the caller has changed its slice since", "RQM 1\nRQM 9\n"+peer.Numbered(100))
		b.Equal("bytes that the conn's Write has do not change", unchanged, either(g.changed.Load(), "changed", unchanged))

		airport.Send("NIL one\nNIL two\nNIL three\nQ1018 four" + end)
		line := func() []byte {
			b.Helper()
			got, err := peer.Start(b, "ReadLine", func() ([]byte, error) { return s.ReadLine(ctx) }).Result("a line has arrived")
			b.NoError("a line has arrived", err)
			return got
		}
		one := line()
		grown := append(one, "XXXXXXXXXXXXXXXX"...)
		two := line()
		b.Equal("appending to a result does not change the next one", "NIL two\n", two)
		clear(two)
		b.Equal("changing a result does not change the next one", "NIL three\n", line())
		airport.Send(peer.Numbered(1600))
		expect(b, "the buffer is used again", readExactly(13)(b, ctx, s), "Q1018 four"+end)
		expect(b, "the buffer is used again", readExactly(1600)(b, ctx, s), peer.Numbered(1600))
		b.Equal("later calls do not change a result", "NIL one\n", one)
		b.Equal("later calls do not change what was appended to a result", "NIL one\nXXXXXXXXXXXXXXXX", grown)
		writeAgain(b)

		for _, closes := range []bool{false, true} {
			airport, conn = b.Pair()
			s = open(b, newGated(b, conn), usual)
			write(b, s, "RQM 1\n") // Close waits for it
			p = []byte("not to be changed")
			short := b.CountingContext()
			call := peer.Start(b, "Read", func() (int, error) { return s.Read(short, p) })
			b.Settle()
			if closes {
				b.NoError("Close returns nil", quick(b, "Close", s.Close))
				_, err := call.Result("Close ends Read")
				b.ErrorIs("Close ends Read", err, net.ErrClosed)
			} else {
				short.Cancel()
				_, err := call.Result("ctx ends Read")
				b.ErrorIs("ctx ends Read", err, context.Canceled)
			}
			airport.Send("NIL\n")
			b.Settle()
			if closes {
				b.Equal("bytes that arrive after Close has ended Read do not change its p", "not to be changed", string(p))
			} else {
				b.Equal("bytes that arrive after Read has returned do not change its p", "not to be changed", string(p))
				expect(b, "they are there for the next call", readLine(b, ctx, s), "NIL\n")
			}
		}
	}, peer.Virtual)
}

// writeAgain writes a large slice three times, when nothing is queued, and changes
// it before it is sent.
func writeAgain(b *peer.Bench) {
	airport, conn := b.Pair()
	g := newGated(b, conn)
	s := open(b, g, streams.Options{Limit: 1000})
	p := make([]byte, 100_000) // several calls of Write of the conn
	for i := range 3 {
		text := strings.Repeat(fmt.Sprintf("RQM %d****\n", i), len(p)/10)
		copy(p, text)
		b.NoError("Write queues the bytes", quick(b, "Write", func() error { return s.Write(p) }))
		b.Settle()
		copy(p, strings.Repeat("overwritten ", len(p)/12))
		b.Equal("the Stream has called Write of its conn", true, g.pass(b, int64((i+1)*len(p))))
		airport.Expect("a large Write is sent, although the caller has changed its slice since", text)
	}
}

func TestTogether_R13(t *testing.T) {
	peer.Run(t, "R13: a second reader gets ErrBusy; Writes do not mix", func(b *peer.Bench) {
		ctx := b.Context()
		for _, first := range []struct {
			call reading
			want string
		}{{read(100), report}, {readLine, report}, {readUntil(end), report}, {readExactly(len(report)), report},
			{readExactly(30_000), peer.Numbered(30_000)}} { // far more than 2*Limit
			airport, conn := b.Pair()
			s := open(b, conn, usual)
			other, otherConn := b.Pair()
			t := open(b, otherConn, usual)
			for range 2 {
				short, cancel := context.WithCancel(ctx)
				call := first.call(b, short, s)
				expectBusy(b, s)
				cancel()
				expectError(b, "ctx ends the first call", call, context.Canceled)
			}
			call := first.call(b, ctx, s)
			expectBusy(b, s)
			other.Send("NIL\n")
			expect(b, "another Stream has its own reader", readLine(b, ctx, t), "NIL\n")
			airport.Send(first.want)
			expect(b, "the first call gets all its bytes", call, first.want)
			airport.Send("NIL\n")
			expect(b, "the next call may read", readLine(b, ctx, s), "NIL\n")
		}

		airport, conn := b.Pair()
		s := open(b, conn, usual)
		peer.Start(b, "Write", func() (bool, error) {
			var all sync.WaitGroup
			for i := range 10 {
				all.Go(func() {
					for j := range 20 {
						s.Write(fmt.Appendf(nil, "%d-%02d %s\n", i, j, strings.Repeat(fmt.Sprint(i), 50)))
					}
				})
			}
			all.Wait()
			return true, nil
		}).Result("ten goroutines write 20 lines each")
		var got, want []string
		for i := range 200 {
			got = append(got, airport.ReadLine("200 lines arrive"))
			want = append(want, fmt.Sprintf("%d-%02d %s", i/20, i%20, strings.Repeat(fmt.Sprint(i/20), 50)))
		}
		byWriter := func(x, y string) int { return strings.Compare(x[:min(1, len(x))], y[:min(1, len(y))]) }
		slices.SortStableFunc(got, byWriter)
		b.Equal("each line arrives whole, and those of one goroutine in order", strings.Join(want, "\n"), strings.Join(got, "\n"))
	}, peer.Virtual)
}

// expectBusy checks that no other call may read while the first one waits.
func expectBusy(b *peer.Bench, s *streams.Stream) {
	b.Helper()
	b.Settle()
	for _, r := range readings {
		expectError(b, r.name+" returns ErrBusy at once: another call is reading", r.call(b, b.Context(), s), streams.ErrBusy)
	}
}

func TestClosed_R14(t *testing.T) {
	peer.Run(t, "R14: Close ends blocked calls and leaves nothing behind", func(b *peer.Bench) {
		ctx := b.Context()
		for _, r := range readings {
			airport, conn := b.Pair()
			s := open(b, conn, usual)
			call, closing := r.call(b, ctx, s), closed(b, ctx, s)
			expectWaits(b, "Closed waits: nobody has called Close", closing)
			b.NoError("Close returns nil", quick(b, "Close", s.Close))
			expectError(b, "Close ends a call that waits for bytes", call, net.ErrClosed)
			expect(b, "Closed returns once the conn is closed", closing, "")
			airport.ExpectEOF("the conn is closed")
			expectError(b, "the Stream is closed", r.call(b, ctx, s), net.ErrClosed)
		}

		airport, conn := b.Pair()
		g := newGated(b, conn)
		s := open(b, g, streams.Options{Limit: 1000})
		airport.Send("NIL\nNIL\n")
		expect(b, "a line arrives before Close", readLine(b, ctx, s), "NIL\n")
		write(b, s, "RQM 1\nRQM 2\n")
		draining := drain(b, ctx, s)
		expectWaits(b, "Drain waits: Write of the conn has not returned", draining)
		write(b, s, "=")
		b.NoError("Close returns nil", quick(b, "Close", s.Close))
		expectError(b, "a second line arrived before Close, but the Stream is closed", readLine(b, ctx, s), net.ErrClosed)
		expectError(b, "Close ends Drain, although bytes are still queued", draining, net.ErrClosed)
		expectError(b, "the Stream is closed", drain(b, ctx, s), net.ErrClosed)
		b.ErrorIs("the Stream is closed", tryWrite(b, s, "RQM 3\n"), net.ErrClosed)
		b.ErrorIs("the Stream is closed", quick(b, "WriteEOF", s.WriteEOF), net.ErrClosed)
		b.NoError("a second Close returns nil", quick(b, "Close", s.Close))
		first, second := closed(b, ctx, s), closed(b, ctx, s)
		close(g.free)
		airport.Expect("everything that was queued before Close is sent", "RQM 1\nRQM 2\n=")
		expect(b, "several calls of Closed may wait", first, "")
		expect(b, "several calls of Closed may wait", second, "")
		expect(b, "Closed may be called again", closed(b, ctx, s), "")
		b.NoError("a third Close returns nil", quick(b, "Close", s.Close))

		airport, conn = b.Pair()
		s = open(b, conn, streams.Options{Limit: 1000})
		airport.SendAsync(peer.Numbered(peer.Plenty))
		b.Until("bytes arrive that nobody reads", func() bool { return airport.Sent() > 0 })
		b.NoError("Close returns nil", quick(b, "Close", s.Close))
		expect(b, "bytes that nobody has read do not delay Closed", closed(b, ctx, s), "")

		_, conn = b.Pair()
		slow := slowToClose{conn, make(chan struct{})}
		s = open(b, slow, usual)
		b.NoError("Close returns nil", quick(b, "Close", s.Close))
		closing := closed(b, ctx, s)
		expectWaits(b, "Closed waits until the conn is closed", closing)
		expectError(b, "the Stream is closed, although Close of the conn has not returned", readLine(b, ctx, s), net.ErrClosed)
		close(slow.gate)
		expect(b, "the conn is closed", closing, "")
		b.Until("every goroutine of the Streams has ended", func() bool { return b.Goroutines() == 0 })
	})
}
