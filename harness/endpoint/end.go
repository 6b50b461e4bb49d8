package endpoint

import (
	"context"
	"fmt"
	"net"
	"time"

	"socketkata/harness/memnet"
	"socketkata/harness/network"
	"socketkata/harness/wire"
)

// CloseWrite half-closes the conn: a layer first, then the conn below. Nothing
// is being sent.
func (p *Stream) CloseWrite() {
	p.did(wire.FIN, nil)
	if c, ok := p.conn.(interface{ CloseWrite() error }); ok && p.layered() {
		c.CloseWrite()
	}
	p.raw.CloseWrite()
}

// Close closes the conn. The subject sees FIN or, if bytes of its own were not
// read, RST.
func (p *Stream) Close() {
	kind := wire.FIN
	if p.leavesUnread() {
		kind = wire.RST
	}
	p.did(kind, nil)
	p.end(func() { p.conn.Close() })
}

// Reset ends the conn with RST.
func (p *Stream) Reset() {
	p.did(wire.RST, nil)
	p.end(func() { network.Reset(p.raw.Conn) })
}

// Unplug makes the stream one whose host is no longer there: nothing that
// arrives is acknowledged. It returns false where the platform has no way to.
func (p *Stream) Unplug() bool {
	if !network.Unplug(p.raw.Conn) {
		return false
	}
	p.did(wire.Note, []byte(p.Name+"'s cable is pulled"))
	return true
}

// end closes the script's end once.
func (p *Stream) end(closeConn func()) {
	p.lock()
	was := p.closed
	p.closed = true
	p.talk.Changed.Broadcast()
	p.unlock()
	if !was {
		closeConn()
	}
}

// StopReading makes the stream one that does not read: what the subject sends
// fills the buffers in between and then stays where it is.
func (p *Stream) StopReading() {
	p.lock()
	p.paused, p.allowed = true, 0
	p.unlock()
	p.interrupt()
	p.did(wire.Note, []byte(p.Name+" stops reading"))
}

// AllowRead lets a stream that has stopped reading read the next n bytes. It
// returns false if the stream reads anyway, or has a layer, whose bytes are not
// those of the network.
func (p *Stream) AllowRead(n int) bool {
	p.lock()
	fine := p.paused && !p.layered()
	if fine {
		p.allowed += n
		p.talk.Changed.Broadcast()
	}
	p.unlock()
	if fine {
		p.did(wire.Note, fmt.Appendf(nil, "%s takes %d bytes", p.Name, n))
	}
	return fine
}

// ResumeReading ends [Stream.StopReading].
func (p *Stream) ResumeReading() {
	p.did(wire.Note, []byte(p.Name+" reads again"))
	p.lock()
	p.paused, p.allowed = false, 0
	p.talk.Changed.Broadcast()
	p.unlock()
}

// IsRead reports whether the subject has read everything that was sent, as far
// as the platform tells. away says that the subject is in another process.
func (p *Stream) IsRead(away bool) bool {
	if m, ok := p.raw.Conn.(*memnet.Conn); ok {
		// A short wait here saves the caller's pause in the usual case.
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		defer cancel()
		return m.WaitRead(ctx) == nil
	}
	if queued, known := network.Queued(p.raw.Conn); known {
		return !queued
	}
	if !p.Arrived() { // it is in no queue yet, and looks as if it had been read
		return false
	}
	c := p.subjectEnd()
	if c == nil && network.CanSeeUnread {
		n, listed := network.UnreadAt(p.raw.Conn)
		return n == 0 && (listed || away || p.unseen)
	}
	if c == nil {
		return p.unseen || !network.CanSeeUnread
	}
	n, err := network.Unread(c)
	return err != nil || n == 0
}

// Arrived reports whether everything that was sent has arrived at the other end, as
// far as the platform tells.
func (p *Stream) Arrived() bool {
	if _, ok := p.raw.Conn.(*memnet.Conn); ok { // where all arrives at once
		return true
	}
	p.lock()
	sent := p.raw.sent
	p.unlock()
	received, known := network.ReceivedAt(p.raw.Conn)
	return !known || received >= sent
}

// Buffered returns how many bytes the subject has read from the conn and not
// yet written to it. known is false where the network does not tell.
func (p *Stream) Buffered() (n int, known bool) {
	if _, ok := p.raw.Conn.(*memnet.Conn); ok { // the kernel may have other conns with its addresses
		return 0, false
	}
	count, known := network.BufferedAt(p.raw.Conn)
	return int(count), known
}

// leavesUnread reports whether bytes of the subject wait at the script's end, so
// that closing it sends RST. It is false where the platform does not tell.
func (p *Stream) leavesUnread() bool {
	p.lock()
	closed := p.closed
	p.unlock()
	if closed {
		return false
	}
	if m, ok := p.subjectEnd().(*memnet.Conn); ok {
		return m.PeerUnread() > 0
	}
	n, _ := network.Unread(p.raw.Conn)
	return n > 0
}

// subjectEnd finds the other end of the conn. It is nil as long as the subject
// has not accepted it, and if the subject made it.
func (p *Stream) subjectEnd() net.Conn {
	if p.subject == nil && p.raw.LocalAddr().Network() != "unix" { // whose clients have no address
		p.subject = p.talk.Accepted(p.raw.LocalAddr().String())
	}
	return p.subject
}
