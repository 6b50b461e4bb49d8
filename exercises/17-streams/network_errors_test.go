package streams_test

import (
	"net"
	"testing"

	streams "socketkata/exercises/17-streams"
	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestErrors_R10(t *testing.T) {
	peer.Run(t, "R10: an error of the conn reaches every call that it concerns", func(b *peer.Bench) {
		ctx, empty := b.Context(), streams.Options{Limit: 1000} // Drain waits for an empty queue
		airport, conn := b.Pair(fault.FailRead(8, unreachable))
		w := &watched{Conn: conn}
		s := open(b, w, usual)
		airport.Send("NIL\nQ101")
		expect(b, "ReadLine returns the line that arrived before the error", readLine(b, ctx, s), "NIL\n")
		for range 2 {
			expectError(b, "ReadExactly returns the error of the conn's Read, which fails after 4 of 8 bytes", readExactly(8)(b, ctx, s), unreachable)
			expectError(b, "ReadLine returns the error of the conn's Read, which fails within a line", readLine(b, ctx, s), unreachable)
		}
		expect(b, "ReadExactly returns 2 of the 4 bytes that arrived before the error: it took none", readExactly(2)(b, ctx, s), "Q1")
		expect(b, "Read returns the other 2 bytes that arrived before the error", read(2)(b, ctx, s), "01")
		expectError(b, "Read returns the error of the conn's Read again", read(8)(b, ctx, s), unreachable)
		b.Equal("calls of the conn's Read after an error", int64(0), w.again.Load())
		write(b, s, "RQM 1\n")
		airport.Expect("what Write queues is sent even after an error of the conn's Read", "RQM 1\n")

		airport, conn = b.Pair()
		g := newGated(b, conn)
		s = open(b, g, empty)
		write(b, s, "RQM 1\n")
		calls := []*peer.Call[string]{drain(b, ctx, s), drain(b, ctx, s), drain(b, ctx, s)}
		b.Until("the Stream calls Write of its conn", func() bool { return g.calls.Load() > 0 })
		write(b, s, "RQM 2\n")
		b.Note("Write of the conn fails: " + unreachable.Error())
		g.gate <- unreachable
		for _, call := range append(calls, drain(b, ctx, s)) {
			expectError(b, "every Drain returns the error of the conn's Write", call, unreachable)
		}
		b.ErrorIs("Write returns the error of the conn's Write from then on", tryWrite(b, s, "RQM 3\n"), unreachable)
		b.ErrorIs("WriteEOF returns the error of the conn's Write", quick(b, "WriteEOF", s.WriteEOF), unreachable)
		expectError(b, "Drain returns the error of the conn's Write again", drain(b, ctx, s), unreachable)
		airport.Send("NIL\n")
		expect(b, "ReadLine returns what arrives, even after an error of the conn's Write", readLine(b, ctx, s), "NIL\n")
		closing := closed(b, ctx, s)
		expectWaits(b, "Closed waits until Close is called, even after an error of the conn's Write", closing)
		b.NoError("Close returns nil", quick(b, "Close", s.Close))
		expectError(b, "Closed returns the error of the conn's Write: not every byte was sent", closing, unreachable)
		expectError(b, "Closed returns the same error again", closed(b, ctx, s), unreachable)
		sent := airport.ReadAll("the conn is closed after the error")
		b.Equal("what was sent before the error", "RQM 1\n"[:len(sent)], sent)
		b.Equal("calls of the conn's Write: the first that fails is the last", int64(1), g.calls.Load())

		_, conn = b.Pair()
		g = newGated(b, conn)
		s = open(b, g, empty)
		write(b, s, "RQM 1\n")
		b.Until("the Stream calls Write of its conn", func() bool { return g.calls.Load() > 0 })
		b.NoError("Close returns nil", quick(b, "Close", s.Close))
		closing = closed(b, ctx, s)
		expectWaits(b, "Closed waits until the conn's Write has returned, even after Close", closing)
		g.gate <- unreachable
		expectError(b, "Closed returns the error of the conn's Write, which failed after Close", closing, unreachable)

		_, conn = b.Pair()
		g = newGated(b, conn)
		s = open(b, g, empty)
		write(b, s, "RQM 1\n")
		b.NoError("WriteEOF returns nil", quick(b, "WriteEOF", s.WriteEOF))
		g.gate <- unreachable
		b.Until("every goroutine waits once the conn's Write has failed after WriteEOF", b.AtRest)
		b.Equal("calls of the conn's CloseWrite after its Write has failed: a FIN would tell that everything was sent", int64(0), g.halved.Load())

		airport, conn = b.Pair()
		airport.StopReading()
		s = open(b, conn, empty)
		write(b, s, peer.Numbered(peer.Plenty))
		call, draining := readLine(b, ctx, s), drain(b, ctx, s)
		expectWaits(b, "Drain waits while a byte is queued, since High is 0: the airport does not read", draining)
		airport.Reset()
		for _, ended := range []*peer.Call[string]{draining, call} {
			_, err := ended.Result("a reset ends a blocked Drain and a blocked ReadLine")
			b.Error("Drain and ReadLine return an error after a reset", err)
		}

		_, conn = b.Pair()
		g = newGated(b, conn)
		s = open(b, g, empty)
		write(b, s, "RQM 1\n")
		call, draining = readLine(b, ctx, s), drain(b, ctx, s)
		expectWaits(b, "Drain waits until the conn's Write has returned, since High is 0", draining)
		b.Note("the program closes the conn itself")
		g.Close()
		expectError(b, "ReadLine returns the error of the conn's Read: the program has closed the conn", call, net.ErrClosed)
		expectError(b, "Drain returns the error of the conn's Write: the program has closed the conn", draining, net.ErrClosed)
		b.NoError("Close returns nil", quick(b, "Close", s.Close))
		expectError(b, "Closed returns the error of the conn's Write: the program closed the conn, and not every byte was sent", closed(b, ctx, s), net.ErrClosed)

		airport, conn = b.Pair()
		s = open(b, conn, empty)
		write(b, s, "RQM 1\n")
		airport.Expect("the message is sent", "RQM 1\n")
		b.Until("every goroutine waits", b.AtRest)
		b.Note("the program closes the conn, then calls Close")
		conn.Close()
		b.NoError("WriteEOF returns nil", quick(b, "WriteEOF", s.WriteEOF))
		b.Until("the conn's CloseWrite has failed", b.AtRest)
		b.NoError("Close returns nil", quick(b, "Close", s.Close))
		expect(b, "Closed returns nil: every byte was sent, although the conn's second Close fails", closed(b, ctx, s), "")
	})
}
