package streams_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"

	streams "socketkata/exercises/17-streams"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestLines_R1(t *testing.T) {
	peer.Run(t, "R1: ReadLine returns a line, and Write sends one", func(b *peer.Bench) {
		server := b.Named("ReadLine").Serve(func(ln net.Listener) error {
			for {
				c, err := ln.Accept()
				if err != nil {
					return err
				}
				if err := echo(b.Context(), c); err != nil {
					return err
				}
			}
		})
		airport := b.Dial(server)
		airport.Send("EDDF 24008KT\n")
		airport.ExpectLine("each line is sent back while the airport waits for it", "EDDF 24008KT")
		airport.Send("EDDH 30012KT\n\nEDDK 19004KT\r\n")
		airport.ExpectLine("the first of three lines that arrive together", "EDDH 30012KT")
		airport.ExpectLine("an empty line is a line as well", "")
		airport.ExpectLine("a line ends with \\n; a \\r before it belongs to the line", "EDDK 19004KT\r")
		airport.SendPieces("EDDM", " 0", "0000KT", "\n")
		airport.ExpectLine("a line arrives in four pieces", "EDDM 00000KT")
		airport.CloseWrite()
		airport.ExpectEOF("ReadLine returns io.EOF at the end, and the server closes the conn")

		airport = b.Dial(server)
		airport.Send("EDDL 21010KT\n")
		airport.ExpectLine("a second Stream has nothing of the first", "EDDL 21010KT")
		airport.CloseWrite()
		airport.ExpectEOF("ReadLine returns io.EOF at the end, and the server closes the conn")
	})
}

// echo sends each line of a conn back.
func echo(ctx context.Context, c net.Conn) error {
	s := streams.New(c, usual)
	for {
		line, err := s.ReadLine(ctx)
		if errors.Is(err, io.EOF) {
			s.Close()
			c.Close() // for a Stream that has no Close yet
			return nil
		}
		if err == nil {
			err = s.Write(line)
		}
		if err != nil {
			return err
		}
	}
}

func TestCuts_R2(t *testing.T) {
	peer.Run(t, "R2: a result does not depend on how the stream is cut", func(b *peer.Bench) {
		ctx := b.Context()
		airport, conn := b.Pair()
		s := open(b, conn, usual)
		for _, cut := range []struct {
			reason string
			pieces []string
			sep    string
			want   string
		}{
			{"the separator arrives in three pieces", []string{"METAR EDDF", "=", "\r", "\n"}, end, "METAR EDDF=\r\n"},
			{"the separator begins a second time", []string{"Q1018=", "=\r", "=\r\n"}, end, "Q1018==\r=\r\n"},
			{"the separator begins within another beginning of it", []string{"==\r==", "=\r==", "\n"}, "==\r==\n", "==\r===\r==\n"},
			{"a single byte is missing", []string{"NIL", "="}, "=", "NIL="},
		} {
			call := readUntil(cut.sep)(b, ctx, s)
			last := len(cut.pieces) - 1
			airport.SendPieces(append(cut.pieces[:last:last], "")...)
			expectWaits(b, "ReadUntil waits: the separator is not complete", call)
			airport.Send(cut.pieces[last])
			expect(b, cut.reason, call, cut.want)
		}
		call := readExactly(8)(b, ctx, s)
		airport.SendPieces("24", "008K", "")
		expectWaits(b, "ReadExactly waits: two of eight bytes are missing", call)
		airport.Send("T 9999" + report + "NIL\nCAVOK\nQ1018")
		expect(b, "ReadExactly returns the bytes that it was asked for", call, "24008KT ")
		expect(b, "the calls share one stream", read(2)(b, ctx, s), "99")
		expect(b, "the calls share one stream", readExactly(2)(b, ctx, s), "99")
		expect(b, "the calls share one stream", readUntil(end)(b, ctx, s), report)
		expect(b, "the calls share one stream", readLine(b, ctx, s), "NIL\n")
		expect(b, "the calls share one stream", readUntil("OK\n")(b, ctx, s), "CAVOK\n")
		expect(b, "the calls share one stream", readExactly(4)(b, ctx, s), "Q101")
		expect(b, "Read returns what has arrived, even if that is less than p", read(100)(b, ctx, s), "8")
		expect(b, "0 bytes are there at once", readExactly(0)(b, ctx, s), "")
		expect(b, "an empty p needs no bytes", read(0)(b, ctx, s), "")
		_, err := readExactly(-1)(b, ctx, s).Result("ReadExactly returns at once")
		b.Error("a negative n is an error", err)
		_, err = readUntil("")(b, ctx, s).Result("ReadUntil returns at once")
		b.Error("an empty separator is an error", err)

		for _, f := range []struct {
			reason string
			fault  func(net.Conn) net.Conn
		}{
			{"each Read of the conn returns one byte", fault.OneByteReads},
			{"a Read of the conn may return 0 bytes and no error", fault.EmptyReads},
			{"the last bytes come together with io.EOF", fault.DataWithEOF},
		} {
			airport, conn = b.Pair(f.fault)
			s = open(b, conn, usual)
			airport.Send(report + "24008KT")
			airport.CloseWrite()
			expect(b, f.reason, readUntil(end)(b, ctx, s), report)
			expect(b, f.reason, readExactly(7)(b, ctx, s), "24008KT")
			expectError(b, f.reason, readLine(b, ctx, s), io.EOF)
		}
	})
}

func TestEnd_R3(t *testing.T) {
	peer.Run(t, "R3: EOF is io.EOF before a result, io.ErrUnexpectedEOF within it", func(b *peer.Bench) {
		ctx := b.Context()
		for _, r := range readings {
			airport, conn := b.Pair()
			w := &watched{Conn: conn}
			s := open(b, w, usual)
			call := r.call(b, ctx, s)
			airport.CloseWrite()
			_, err := call.Result("the call returns at the end of the stream")
			b.ErrorIs("the stream ends before the first byte", err, io.EOF)
			b.Equal("the error is io.EOF alone", notUnexpected, either(errors.Is(err, io.ErrUnexpectedEOF), "io.ErrUnexpectedEOF as well", notUnexpected))
			for _, again := range readings {
				expectError(b, "every further call returns io.EOF as well", again.call(b, ctx, s), io.EOF)
			}
			b.Equal("calls of the conn's Read after EOF", int64(0), w.again.Load())
			expect(b, "0 bytes are there even after EOF", readExactly(0)(b, ctx, s), "")
			write(b, s, "RQM 1\n")
			airport.Expect("the end of the stream does not end the other direction", "RQM 1\n")
		}
		for _, r := range []struct {
			reason  string
			call    reading
			partial string
		}{
			{"the stream ends within a line", readLine, "Q1018"},
			{"the stream ends after one byte of a line", readLine, "Q"},
			{"the stream ends within a report", readUntil(end), "Q1018"},
			{"the stream ends within a separator", readUntil(end), "Q1018=\r"},
			{"the stream ends after 5 of 8 bytes", readExactly(8), "Q1018"},
		} {
			airport, conn := b.Pair()
			s := open(b, conn, usual)
			airport.Send("NIL\n" + r.partial)
			airport.CloseWrite()
			expect(b, "the line has arrived before the end", readLine(b, ctx, s), "NIL\n")
			expectIncomplete(b, r.reason, r.call(b, ctx, s), r.partial)
			expectError(b, "the bytes were taken, and the end follows", r.call(b, ctx, s), io.EOF)
		}
		airport, conn := b.Pair(fault.DataWithEOF)
		airport.Send("Q1018")
		airport.CloseWrite()
		s := open(b, conn, usual)
		expect(b, "the end has arrived with the bytes that Read returns", read(100)(b, ctx, s), "Q1018")
		expectError(b, "the bytes were taken, and the end follows", read(100)(b, ctx, s), io.EOF)

		airport, conn = b.Pair()
		s = open(b, conn, usual)
		call := readLine(b, ctx, s)
		airport.SendPieces("Q10", "")
		airport.CloseWrite()
		expectIncomplete(b, "the end wakes a call that waits", call, "Q10")
	})
}

func TestNeverBlocks_R4(t *testing.T) {
	peer.Run(t, "R4: Write never blocks, and what it got is sent in order", func(b *peer.Bench) {
		ctx, all := b.Context(), peer.Numbered(peer.Plenty)
		airport, conn := b.Pair()
		s := open(b, conn, usual)
		write(b, s, "RQM 1\n")
		airport.Expect("a Write is sent without another call", "RQM 1\n")
		write(b, s, "")
		write(b, s, "RQM 2\n")
		airport.Expect("the next Write is sent as well", "RQM 2\n")
		write(b, s, "=")
		airport.Expect("a single byte is sent as well", "=")
		airport.StopReading()
		write(b, s, all[:peer.Plenty/2])
		b.Until("Write of the conn waits for the airport", b.AtRest)
		for at := peer.Plenty / 2; at < peer.Plenty; at += 128 << 10 {
			write(b, s, all[at:at+128<<10])
		}
		call := readLine(b, ctx, s)
		airport.Send("NIL\n")
		expect(b, "what is queued does not delay ReadLine", call, "NIL\n")
		airport.ResumeReading()
		airport.Expect("everything is sent once, in order, after the airport reads again", all)
		write(b, s, "RQM 3\n")
		airport.Expect("the next Write is sent as well", "RQM 3\n")
	})
}

func TestDrain_R5(t *testing.T) {
	peer.Run(t, "R5: Drain waits above High until at most Low are queued", func(b *peer.Bench) {
		const high, low = 320<<10 - 1, 128 << 10
		ctx := b.Context()
		_, conn := b.Pair()
		g := newGated(b, conn)
		s := open(b, g, streams.Options{Limit: 1000, High: high, Low: low})
		expect(b, "Drain returns at once: nothing is queued", drain(b, ctx, s), "")
		write(b, s, peer.Numbered(high))
		expect(b, "Drain returns at once: exactly High bytes (320 KiB - 1) are queued", drain(b, ctx, s), "")
		write(b, s, "=")
		first, second := drain(b, ctx, s), drain(b, ctx, s)
		expectWaits(b, "Drain waits until at most Low (128 KiB) are queued: 320 KiB are, one byte more than High", first)
		for high+1-int(g.sent.Load()) > low {
			expectWaits(b, fmt.Sprintf("Drain goes on waiting until at most Low (128 KiB) are queued: it has begun above High, and %d KiB are left",
				(high+1-g.sent.Load())>>10), first)
			expectWaits(b, "a second Drain that has begun above High waits as well", second)
			b.Equal("the Stream has called Write of its conn", true, g.open(b, nil))
			if queued := high + 1 - int(g.sent.Load()); queued > low && queued <= high {
				expect(b, fmt.Sprintf("a new Drain returns even while others wait: %d KiB are queued, at most High (320 KiB - 1)", queued>>10), drain(b, ctx, s), "")
			}
		}
		now := b.Elapsed()
		expect(b, "each of two calls of Drain returns: at most Low (128 KiB) are queued", first, "")
		expect(b, "each of two calls of Drain returns: at most Low (128 KiB) are queued", second, "")
		b.Equal("Drain returns the instant at most Low bytes are queued", now, b.Elapsed())
		b.AtMost("a Write of the conn gets at most 64 KiB: the count stands still while it runs", peer.Bytes(g.largest.Load()), peer.Bytes(64<<10))

		_, conn = b.Pair()
		s = open(b, newGated(b, conn), streams.Options{Limit: 1000, High: high, Low: low})
		var writes atomic.Int64
		peer.Start(b, "Drain", func() (bool, error) {
			for range 2000 { // a Drain that never waits must not fill the memory
				writes.Add(1)
				if err := errors.Join(s.Write(make([]byte, 1<<10)), s.Drain(ctx)); err != nil {
					return false, err
				}
			}
			return true, nil
		}).ExpectPending("Drain stops a program that writes faster than the airport reads")
		b.Equal("Writes of 1 KiB, each followed by Drain, until Drain waits: 320 KiB are one byte more than High", int64(320), writes.Load())
	}, peer.Virtual)
}
