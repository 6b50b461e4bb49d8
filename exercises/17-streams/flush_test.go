package streams_test

import (
	"errors"
	"net"
	"testing"

	streams "socketkata/exercises/17-streams"
	"socketkata/harness/peer"
)

func TestFlushes_R6(t *testing.T) {
	peer.Run(t, "R6: Close and WriteEOF first send what is queued", func(b *peer.Bench) {
		ctx, all := b.Context(), peer.Numbered(peer.Plenty)
		airport, conn := b.Pair()
		airport.StopReading()
		s := open(b, conn, usual)
		write(b, s, all)
		b.NoError("Close returns nil", quick(b, "Close", s.Close))
		closing := closed(b, ctx, s)
		expectWaits(b, "Closed waits: the airport has not read yet", closing)
		airport.ResumeReading()
		airport.Expect("everything that was queued before Close is sent", all)
		airport.ExpectEOF("the conn is closed after the last byte")
		expect(b, "Closed returns once the conn is closed", closing, "")
		_, err := conn.Read(make([]byte, 1))
		b.ErrorIs("Close has closed the conn", err, net.ErrClosed)

		airport, conn = b.Pair()
		g := newGated(b, conn)
		s = open(b, g, streams.Options{Limit: 1000})
		write(b, s, "RQM 1\nRQM 2\n")
		b.NoError("WriteEOF returns nil", quick(b, "WriteEOF", s.WriteEOF))
		draining := drain(b, ctx, s)
		expectWaits(b, "Drain waits, even after WriteEOF: Write of the conn has not returned", draining)
		b.ErrorIs("nothing can be written after WriteEOF", tryWrite(b, s, "RQM 3\n"), net.ErrClosed)
		b.NoError("a second WriteEOF returns nil", quick(b, "WriteEOF", s.WriteEOF))
		call := readLine(b, ctx, s)
		expectWaits(b, "ReadLine waits for the answer", call)
		close(g.free)
		airport.Expect("everything that was queued before WriteEOF is sent", "RQM 1\nRQM 2\n")
		airport.ExpectEOF("the FIN follows the last byte")
		b.NoError("a third WriteEOF returns nil", quick(b, "WriteEOF", s.WriteEOF))
		airport.Send("NIL\n")
		expect(b, "the answer arrives after the half-close", call, "NIL\n")
		expect(b, "nothing is queued any more", draining, "")
		b.Equal("calls of the conn's CloseWrite", int64(1), g.halved.Load())
		b.NoError("Close returns nil", quick(b, "Close", s.Close))
		expect(b, "Closed returns once the conn is closed", closed(b, ctx, s), "")

		airport, conn = b.Pair()
		s = open(b, newGated(b, conn), usual)
		write(b, s, "")
		b.Until("every goroutine waits", b.AtRest)
		b.NoError("WriteEOF returns nil", quick(b, "WriteEOF", s.WriteEOF))
		airport.ExpectEOF("a Write of 0 bytes queues nothing, so the FIN is sent at once")

		airport, conn = b.Pair()
		s = open(b, struct{ net.Conn }{conn}, usual)
		b.ErrorIs("this conn has no method CloseWrite", quick(b, "WriteEOF", s.WriteEOF), errors.ErrUnsupported)
		b.NoError("a WriteEOF that is not supported changes nothing", tryWrite(b, s, "RQM 1\n"))
		airport.Expect("a WriteEOF that is not supported changes nothing", "RQM 1\n")
	})
}
