package peer

import (
	"errors"
	"net"
	"os"
	"time"
)

// A rawEnd is a peer's end of a conn below every layer: the bytes that the
// network carries. Resets, half-closes and what waits in buffers are matters of
// the raw end. What the script sends and expects crosses the byte end, which is
// the raw end too unless [Peer.Wrap] put a layer on it.
type rawEnd struct {
	net.Conn
	peer *Peer
	head []byte // to be read before anything else; used by the reader alone

	sent int64 // bytes that the network has taken; guarded by Bench.mu
}

// errChanged ends a Read because the byte end is about to change.
var errChanged = errors.New("another layer is put on the conn")

// Read is where a peer waits that does not read. A layer above never sees more
// of that than a Read that takes long.
func (r *rawEnd) Read(p []byte) (int, error) {
	if len(r.head) > 0 {
		n := copy(p, r.head)
		r.head = r.head[n:]
		return n, nil
	}
	for {
		if r.peer.parkWhile(func(p *Peer) bool { return p.paused && !p.changing }) {
			return 0, errChanged
		}
		n, err := r.Conn.Read(p)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
	}
}

func (r *rawEnd) Write(p []byte) (int, error) {
	n, err := r.Conn.Write(p)
	r.peer.bench.mu.Lock()
	r.sent += int64(n)
	r.peer.bench.mu.Unlock()
	return n, err
}

// CloseWrite half-closes the conn.
func (r *rawEnd) CloseWrite() error {
	return r.Conn.(interface{ CloseWrite() error }).CloseWrite()
}

// parkWhile keeps the peer's reader waiting while hold returns true. It reports
// whether the byte end is changing.
func (p *Peer) parkWhile(hold func(*Peer) bool) (changing bool) {
	b := p.bench
	b.mu.Lock()
	defer b.mu.Unlock()
	for hold(p) && !p.hungUp {
		if !p.parked { // once: two parked readers would wake each other forever
			p.parked = true
			b.cond.Broadcast()
		}
		b.cond.Wait()
	}
	p.parked = false
	return p.changing
}

// interrupt wakes the reader out of a Read on the network, and waits until it
// is parked or has ended. Something must be set before that parks it.
func (p *Peer) interrupt() {
	b := p.bench
	p.raw.SetReadDeadline(time.Unix(1, 0))
	b.mu.Lock()
	for !p.parked && !p.over { // a Read that had its chance before may still take something
		b.cond.Wait()
	}
	b.mu.Unlock()
	p.raw.SetReadDeadline(time.Time{})
}

// Wrap puts a layer on the peer's end of the conn, tls.Client for example: from
// here on the script sends and expects what the layer carries, and that is what
// the drawing shows. Bytes that have arrived and were not expected yet go to
// the layer. [Peer.CloseWrite] and [Peer.Close] end the layer first, then the
// conn; [Peer.Reset] ends the conn alone.
//
// The layer must not set deadlines. If it ends with an error other than io.EOF
// or a reset, the next expectation fails and quotes it.
func (p *Peer) Wrap(layer func(net.Conn) net.Conn) {
	p.change(func() {
		p.raw.head = append(p.raw.head, p.inbox...)
		p.inbox = nil
		p.conn = layer(p.conn)
	})
}

// Unwrap takes all layers off again, without a word to the other side: from
// here on the script sends and expects what the network carries. So a peer
// breaks off TLS without close_notify.
func (p *Peer) Unwrap() {
	p.change(func() { p.conn = p.raw })
}

// change replaces the byte end while nobody uses it.
func (p *Peer) change(swap func()) {
	b := p.bench
	b.t.Helper()
	p.awaitSent()
	b.mu.Lock()
	p.changing = true
	p.parked = false // it must park again, outside of the byte end
	b.cond.Broadcast()
	b.mu.Unlock()
	p.interrupt()
	swap()
	b.mu.Lock()
	p.changing = false
	b.cond.Broadcast()
	b.mu.Unlock()
}

// layered reports whether there is a layer on the peer's end.
func (p *Peer) layered() bool { return p.conn != net.Conn(p.raw) }
