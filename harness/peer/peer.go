package peer

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"time"

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
	conn   net.Conn
	other  net.Conn // the subject's end, where the bench made it
	unseen bool     // the bench does not have the subject's end

	// Guarded by Bench.mu.
	inbox    []byte // read, not yet asked for by the script
	received int64  // bytes read in all
	end      end    // how the subject's direction ended
	reset    bool   // a write was told that the conn was reset
	paused   bool   // StopReading
	reading  bool   // a Read is under way
	sending  int    // sends under way
	sent     int64  // bytes the network has taken
	hungUp   bool   // the script closed its end
}

// An end is how the subject's direction of a conn ended.
type end int

const (
	open end = iota
	fin      // the stream is over: Read gives io.EOF
	rst      // the conn was reset
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
	p.conn = c
	p.bench.own.Go(p.readAll)
}

// readAll moves everything that comes into the inbox until the conn ends.
func (p *Peer) readAll() {
	b := p.bench
	buf := make([]byte, readSize)
	for {
		b.mu.Lock()
		for (p.paused || len(p.inbox) >= inboxLimit) && !p.hungUp {
			b.cond.Wait()
		}
		p.reading = true
		b.mu.Unlock()
		n, err := p.conn.Read(buf)
		if n > 0 {
			p.record(wire.Data, buf[:n])
		}
		b.mu.Lock()
		p.reading = false
		if cap(p.inbox)-len(p.inbox) < n { // double it: append's smaller steps use five times the memory
			p.inbox = slices.Grow(p.inbox, len(p.inbox)+n)
		}
		p.inbox = append(p.inbox, buf[:n]...)
		p.received += int64(n)
		over := err != nil && !errors.Is(err, os.ErrDeadlineExceeded)
		for over && p.sending > 0 && network.WasReset(p.conn) { // its error tells how the conn ended
			b.cond.Wait()
		}
		if over && !p.hungUp {
			p.ended(err)
		}
		b.cond.Broadcast()
		b.mu.Unlock()
		if over {
			return
		}
	}
}

// ended notes how the subject's direction ended. Bench.mu is held, so that it
// is in the drawing before any step is told.
func (p *Peer) ended(err error) {
	kind := wire.RST
	p.end = rst
	if errors.Is(err, io.EOF) && !p.reset {
		kind, p.end = wire.FIN, fin
	}
	p.record(kind, nil)
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
	b.mu.Lock()
	p.sending++
	b.mu.Unlock()
	b.own.Go(func() { p.write(data) })
}

func (p *Peer) write(data string) {
	b := p.bench
	buf := make([]byte, min(len(data), writeSize))
	var err error
	for len(data) > 0 && err == nil {
		var n int
		n, err = p.conn.Write(buf[:copy(buf, data)])
		data = data[n:]
		b.mu.Lock()
		p.sent += int64(n)
		b.cond.Broadcast()
		b.mu.Unlock()
	}
	b.mu.Lock()
	p.sending--
	if network.IsReset(err) { // a system says so once: a Read after this may return EOF
		p.reset = true
	}
	b.cond.Broadcast()
	b.mu.Unlock()
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
	p.conn.(interface{ CloseWrite() error }).CloseWrite()
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
	p.hangUp(func() { network.Reset(p.conn) })
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
	p.conn.SetReadDeadline(time.Unix(1, 0)) // wakes the reader
	b.mu.Lock()
	for p.reading { // a Read that had its chance before may still take something
		b.cond.Wait()
	}
	b.mu.Unlock()
	b.wire.Add(p.name, wire.Harness, wire.Note, []byte(p.name+" stops reading"))
}

// ResumeReading ends [Peer.StopReading].
func (p *Peer) ResumeReading() {
	b := p.bench
	b.wire.Add(p.name, wire.Harness, wire.Note, []byte(p.name+" reads again"))
	p.conn.SetReadDeadline(time.Time{})
	b.mu.Lock()
	p.paused = false
	b.cond.Broadcast()
	b.mu.Unlock()
}
