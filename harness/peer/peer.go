package peer

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"

	"socketkata/harness/failure"
	"socketkata/harness/network"
	"socketkata/harness/wire"
)

// A Peer is the script's end of one conn. From the start it reads in the
// background whatever the subject sends, so that nobody blocks for want of a
// reader; [Peer.StopReading] ends that.
type Peer struct {
	bench  *Bench
	name   string // "client 2"
	labels wire.Labels
	raw    *rawEnd
	conn   net.Conn // the byte end
	other  net.Conn // the subject's end, where the bench made it
	unseen bool     // the bench does not have the subject's end

	// Guarded by Bench.mu.
	inbox    []byte     // read, not yet asked for by the script
	files    []*os.File // that came with it
	received int64      // bytes read in all
	end      end        // how the subject's direction ended
	why      error      // of the end broken
	reset    bool       // a write was told that the conn was reset
	paused   bool       // StopReading
	changing bool       // a layer is put on or taken off
	parked   bool       // the reader waits until it may read
	over     bool       // the reader has ended
	sending  int        // sends under way
	sent     int64      // bytes the network has taken
	hungUp   bool       // the script closed its end
}

// An end is how the subject's direction of a conn ended.
type end int

const (
	open   end = iota
	fin        // the stream is over: Read gives io.EOF
	rst        // the conn was reset
	broken     // a layer gave another error
)

const (
	readReason = "what the peer sends is read"
	readSize   = 64 << 10
	writeSize  = 32 << 10
)

// inboxLimit is how much a peer reads ahead of its script. A subject that sends
// for ever has to wait then, as at any peer that does not read, instead of
// filling the memory. No script expects as much in one step.
const inboxLimit = 32 << 20

// newPeer registers a peer. The kind is what the script plays, the subject
// what stands at the other end.
func (b *Bench) newPeer(kind, subject string) *Peer {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := &Peer{bench: b, name: kind, labels: wire.Labels{Harness: kind, Subject: subject, Still: still()}}
	if n := len(b.peers); n > 0 {
		p.name = fmt.Sprintf("%s %d", kind, n+1)
	}
	b.peers = append(b.peers, p)
	return p
}

// attach gives the peer its conn and starts to read.
func (p *Peer) attach(c net.Conn) {
	p.raw = &rawEnd{Conn: network.WithFiles(c), peer: p}
	p.conn = p.raw
	p.bench.own.Go(p.readAll)
}

// readAll moves everything that comes into the inbox until the conn ends.
func (p *Peer) readAll() {
	buf := make([]byte, readSize)
	for over := false; !over; {
		p.parkWhile(func(p *Peer) bool { return len(p.inbox) >= inboxLimit || p.changing })
		n, err := p.conn.Read(buf)
		if n > 0 {
			p.record(wire.Data, buf[:n])
		}
		over = p.store(buf[:n], err)
	}
}

// store puts what a Read gave into the inbox and reports whether it was the
// last.
func (p *Peer) store(data []byte, err error) (over bool) {
	b := p.bench
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.cond.Broadcast()
	if cap(p.inbox)-len(p.inbox) < len(data) { // double it: append's smaller steps use five times the memory
		p.inbox = slices.Grow(p.inbox, len(p.inbox)+len(data))
	}
	p.inbox = append(p.inbox, data...)
	p.received += int64(len(data))
	p.keepFiles()
	if err == nil || p.changing {
		return false
	}
	for p.sending > 0 && network.WasReset(p.raw.Conn) { // its error tells how the conn ended
		b.cond.Wait()
	}
	if !p.hungUp {
		p.ended(err)
	}
	p.over = true
	return true
}

// ended notes how the subject's direction ended. Bench.mu is held, so that it
// is in the drawing before any step is told.
func (p *Peer) ended(err error) {
	switch {
	case p.layered() && !errors.Is(err, io.EOF) && !network.IsReset(err):
		p.end, p.why = broken, err
		p.record(wire.Note, []byte(err.Error()))
	case errors.Is(err, io.EOF) && !p.reset:
		p.end = fin
		p.record(wire.FIN, nil)
	default:
		p.end = rst
		p.record(wire.RST, nil)
	}
}

// record notes what the subject sent.
func (p *Peer) record(kind wire.Kind, data []byte) {
	if kind == wire.Data {
		p.bench.record.segments.Add(1)
	}
	p.bench.wire.Add(p.name, wire.Subject, kind, data)
}

// Send sends the bytes and waits until the network has taken them all. It
// fails when the subject takes no more for too long. That the subject hung up
// meanwhile is no failure of Send: the next expectation tells.
func (p *Peer) Send(data string) {
	p.bench.t.Helper()
	p.SendAsync(data)
	p.awaitSent()
}

// SendAsync starts to send the bytes in the background, as fast as the
// subject takes them.
func (p *Peer) SendAsync(data string) {
	p.awaitSent()
	b := p.bench
	b.wire.Add(p.name, wire.Harness, wire.Data, []byte(data))
	p.inBackground(func() (int, error) { return 0, p.write(data) })
}

// inBackground sends with a function that returns how many bytes it has not
// counted yet.
func (p *Peer) inBackground(send func() (int, error)) {
	b := p.bench
	b.mu.Lock()
	p.sending++
	b.mu.Unlock()
	b.own.Go(func() {
		n, err := send()
		b.mu.Lock()
		defer b.mu.Unlock()
		p.sent += int64(n)
		p.sending--
		if network.IsReset(err) { // a system says so once: a Read after this may return EOF
			p.reset = true
		}
		b.cond.Broadcast()
	})
}

func (p *Peer) write(data string) error {
	b := p.bench
	buf := make([]byte, min(len(data), writeSize))
	for len(data) > 0 {
		n, err := p.conn.Write(buf[:copy(buf, data)])
		data = data[n:]
		b.mu.Lock()
		p.sent += int64(n)
		b.cond.Broadcast()
		b.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *Peer) awaitSent() {
	b := p.bench
	b.t.Helper()
	b.awaitOr(readReason, func() bool { return p.sending == 0 }, func() outcome {
		return outcome{
			symptom: failure.NotReading, peer: p,
			got:  fmt.Sprintf("your code stopped reading: the network took %d bytes and no more", p.sent),
			want: "all bytes are read",
		}
	})
}

// Sent returns how many bytes the network has taken from this peer so far.
func (p *Peer) Sent() int {
	p.bench.mu.Lock()
	defer p.bench.mu.Unlock()
	return int(p.sent)
}

// SendPieces sends the pieces one by one and waits each time until the subject
// has read the piece, so that no Read can return bytes of two pieces. (Over
// loopback this is certain on Linux only, and only for conns that the bench
// made; elsewhere the pieces are merely written one by one.)
func (p *Peer) SendPieces(pieces ...string) {
	p.bench.t.Helper()
	for i, piece := range pieces {
		p.Send(piece)
		if i < len(pieces)-1 {
			p.awaitRead(readReason)
		}
	}
}

// CloseWrite half-closes the conn: the subject reads EOF after what was sent,
// and can go on sending.
func (p *Peer) CloseWrite() {
	p.bench.t.Helper()
	p.awaitSent()
	p.bench.wire.Add(p.name, wire.Harness, wire.FIN, nil)
	if c, ok := p.conn.(interface{ CloseWrite() error }); ok && p.layered() {
		c.CloseWrite()
	}
	p.raw.CloseWrite()
}

// Close closes the conn, as a program that ends does. The subject sees FIN
// or, where bytes of its own were not read, RST.
func (p *Peer) Close() {
	kind := wire.FIN
	if p.leavesUnread() {
		kind = wire.RST
	}
	p.bench.wire.Add(p.name, wire.Harness, kind, nil)
	p.hangUp(func() { p.conn.Close() })
}

// Reset ends the conn with RST, as a program does that is killed with bytes
// unread. What was sent before may be lost.
func (p *Peer) Reset() {
	p.bench.wire.Add(p.name, wire.Harness, wire.RST, nil)
	p.hangUp(func() { network.Reset(p.raw.Conn) })
}

// hangUp closes the peer's end once.
func (p *Peer) hangUp(closeConn func()) {
	b := p.bench
	b.mu.Lock()
	was := p.hungUp
	p.hungUp = true
	b.cond.Broadcast()
	b.mu.Unlock()
	if !was && p.conn != nil {
		closeConn()
	}
}

// StopReading makes the peer one that never reads: what the subject sends
// fills the buffers in between and then stays where it is.
func (p *Peer) StopReading() {
	b := p.bench
	b.mu.Lock()
	p.paused = true
	b.mu.Unlock()
	p.interrupt()
	b.wire.Add(p.name, wire.Harness, wire.Note, []byte(p.name+" stops reading"))
}

// ResumeReading ends [Peer.StopReading].
func (p *Peer) ResumeReading() {
	b := p.bench
	b.wire.Add(p.name, wire.Harness, wire.Note, []byte(p.name+" reads again"))
	b.mu.Lock()
	p.paused = false
	b.cond.Broadcast()
	b.mu.Unlock()
}
