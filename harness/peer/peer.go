package peer

import (
	"fmt"
	"net"

	"socketkata/harness/endpoint"
	"socketkata/harness/failure"
)

// A Peer is the script's end of one conn. From the start it reads in the
// background what the subject sends, so that right code never blocks because
// nobody reads; [Peer.StopReading] ends that.
type Peer struct {
	bench *Bench
	side  *endpoint.Side
	end   *endpoint.Stream
}

const readReason = "what the peer sends is read"

// newPeer returns a peer at its end of a conn.
func (b *Bench) newPeer(s *endpoint.Side, c net.Conn, setup endpoint.Setup) *Peer {
	return &Peer{bench: b, side: s, end: s.NewStream(c, setup)}
}

// Send sends the bytes and waits until the network has taken them all. It
// fails if the subject takes no more for too long. It does not fail if the
// subject closes meanwhile: the next expectation tells.
func (p *Peer) Send(data string) {
	p.bench.t.Helper()
	p.SendAsync(data)
	p.awaitSent()
}

// SendAsync starts to send the bytes in the background, as fast as the
// subject takes them.
func (p *Peer) SendAsync(data string) {
	p.bench.t.Helper()
	p.awaitSent()
	p.end.Send(data)
}

func (p *Peer) awaitSent() {
	p.bench.t.Helper()
	p.await(readReason, func() bool { return !p.end.Sending() }, func() failure.Outcome {
		return failure.Outcome{
			Symptom: failure.NotReading,
			Got:     fmt.Sprintf("your code stopped reading: the network took %d bytes and no more", p.end.Sent()),
			Want:    "all bytes are read",
		}
	})
}

// Sent returns how many bytes the network has taken from this peer so far.
func (p *Peer) Sent() int {
	p.bench.mu.Lock()
	defer p.bench.mu.Unlock()
	return int(p.end.Sent())
}

// Buffered returns how many bytes of this peer a subject that echoes has read
// and not yet written back. An EOF that the subject has read counts as one.
// known is false where the system does not tell: it does over loopback on
// Linux, as long as the subject has its end open.
func (p *Peer) Buffered() (n int, known bool) { return p.end.Buffered() }

// Arrived reports whether everything that this peer sent has arrived at the
// subject's end, read or not. It is true where the system does not tell.
func (p *Peer) Arrived() bool { return p.end.Arrived() }

// SendPieces sends the pieces one by one and waits each time until the subject
// has read the piece, so that no Read can return bytes of two pieces. (Over
// loopback this is certain on Linux only, and only for conns that the bench
// made; elsewhere the pieces are merely written one by one.) An empty last piece
// sends nothing: the others have been read when SendPieces returns.
func (p *Peer) SendPieces(pieces ...string) {
	p.bench.t.Helper()
	for i, piece := range pieces {
		if piece != "" {
			p.Send(piece)
		}
		if i < len(pieces)-1 {
			p.awaitRead(readReason)
		}
	}
}

// awaitRead waits until the subject has read everything that this peer sent, or
// nobody is left to read it: the next expectation tells that better.
func (p *Peer) awaitRead(reason string) {
	b := p.bench
	b.t.Helper()
	if b.arena == Virtual {
		b.Settle()
		return
	}
	b.run.Poll(p.side, reason, func() bool {
		b.mu.Lock()
		over := p.end.State() == endpoint.RST || !b.subject.CallsOpen() && len(b.subject.Goroutines()) == 0
		b.mu.Unlock()
		return over || p.end.IsRead(b.subject.IsAway())
	}, func() failure.Outcome {
		return failure.Outcome{Symptom: failure.NotReading, Got: "your code has not read what was sent", Want: "it is read while the peer waits"}
	})
}

// CloseWrite half-closes the conn: the subject reads EOF after what was sent,
// and can go on sending.
func (p *Peer) CloseWrite() {
	p.bench.t.Helper()
	p.awaitSent()
	p.end.CloseWrite()
}

// Close closes the conn, as a program does that ends. The subject sees FIN
// or, if bytes of its own were not read, RST.
func (p *Peer) Close() { p.end.Close() }

// Reset ends the conn with RST, as a program does that is killed with bytes
// unread. What was sent before may be lost.
func (p *Peer) Reset() { p.end.Reset() }

// Unplug makes the peer vanish, like a host whose cable is pulled: whatever the
// subject sends from now on is dropped, and nothing is acknowledged. [Peer.Reset]
// still gets through, and the script ends with it: otherwise the kernel repeats
// for minutes what was not acknowledged. Unplug needs TCP over [Loopback] and
// Linux, and some kernels let only root do it; elsewhere it skips the script.
func (p *Peer) Unplug() {
	p.bench.t.Helper()
	p.awaitSent()
	if !p.end.Unplug() {
		p.bench.Skip("this system does not let a test drop what arrives for a conn, as if the cable were pulled")
	}
}

// StopReading makes the peer one that never reads: what the subject sends
// fills the buffers in between and then stays where it is.
func (p *Peer) StopReading() { p.end.StopReading() }

// Take lets a peer that has stopped reading read the next n bytes that the
// subject sends, and not one more. Take does not wait for them: [Peer.Expect]
// does. What the subject sends beyond them stays in the buffers in between.
func (p *Peer) Take(n int) {
	p.bench.t.Helper()
	if n < 1 || !p.end.AllowRead(n) {
		p.bench.t.Fatalf("harness: Take needs at least one byte and a peer that has stopped reading, without a layer")
	}
}

// ResumeReading ends [Peer.StopReading].
func (p *Peer) ResumeReading() { p.end.ResumeReading() }

// Wrap puts a layer on the peer's end of the conn, tls.Client for example: from
// here on the script sends and expects what the layer carries, and that is what
// the drawing shows once the layer has sent it. Bytes that have arrived and were
// not expected yet go to the layer. [Peer.CloseWrite] and [Peer.Close] end the
// layer first, then the conn; [Peer.Reset] ends the conn alone.
//
// The layer must not set deadlines. If it ends with an error other than io.EOF
// or a reset, the next expectation fails and quotes it. Package crypto/tls also
// returns io.EOF for a FIN between two records: [Peer.ExpectEOF] does not prove
// that close_notify came.
func (p *Peer) Wrap(layer func(net.Conn) net.Conn) {
	p.bench.t.Helper()
	p.awaitSent()
	p.end.Wrap(layer)
}

// Unwrap removes all layers without telling the other side: from here on the
// script sends and expects what the network carries. So a peer ends TLS without
// close_notify.
func (p *Peer) Unwrap() {
	p.bench.t.Helper()
	p.awaitSent()
	p.end.Unwrap()
}
