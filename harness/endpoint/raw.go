package endpoint

import (
	"errors"
	"net"
	"os"
	"time"
)

// A rawEnd is a stream's end of a conn below every layer: the bytes that the
// network carries. Resets, half-closes and what waits in buffers are matters of
// the raw end. What the script sends and expects crosses the byte end, which is
// the raw end too unless [Stream.Wrap] put a layer on it.
type rawEnd struct {
	net.Conn
	stream *Stream
	head   []byte // to be read before anything else; used by the reader alone

	sent int64 // bytes that the network has taken; guarded by the lock
}

// errChanged ends a Read because the byte end is about to change.
var errChanged = errors.New("another layer is put on the conn")

// A stream that does not read waits here. A layer above it only sees that Read
// takes long.
func (r *rawEnd) Read(p []byte) (int, error) {
	if len(r.head) > 0 {
		n := copy(p, r.head)
		r.head = r.head[n:]
		return n, nil
	}
	for {
		if r.stream.parkWhile(func(p *Stream) bool { return p.paused && p.allowed == 0 && !p.changing }) {
			return 0, errChanged
		}
		n, err := r.Conn.Read(p[:r.stream.most(len(p))])
		r.stream.used(n)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
	}
}

// most returns how many bytes, at most size, the next Read may take.
func (p *Stream) most(size int) int {
	p.lock()
	defer p.unlock()
	if p.paused {
		return min(size, p.allowed)
	}
	return size
}

// used takes the bytes of a Read from what a paused stream may read.
func (p *Stream) used(n int) {
	p.lock()
	defer p.unlock()
	p.allowed -= min(n, p.allowed)
}

func (r *rawEnd) Write(p []byte) (int, error) {
	n, err := r.Conn.Write(p)
	r.stream.lock()
	r.sent += int64(n)
	r.stream.unlock()
	return n, err
}

// CloseWrite half-closes the conn.
func (r *rawEnd) CloseWrite() error {
	return r.Conn.(interface{ CloseWrite() error }).CloseWrite()
}

// parkWhile keeps the reader waiting while hold returns true. It reports
// whether the byte end is changing.
func (p *Stream) parkWhile(hold func(*Stream) bool) (changing bool) {
	p.lock()
	defer p.unlock()
	for hold(p) && !p.closed {
		if !p.parked { // once: two parked readers would wake each other forever
			p.parked = true
			p.talk.Changed.Broadcast()
		}
		p.talk.Changed.Wait()
	}
	p.parked = false
	return p.changing
}

// interrupt wakes the reader out of a Read on the network, and waits until it
// is parked or has ended. The caller has set what parks it.
func (p *Stream) interrupt() {
	p.raw.SetReadDeadline(time.Unix(1, 0))
	p.lock()
	for !p.parked && !p.over { // a Read that had its chance before may still take something
		p.talk.Changed.Wait()
	}
	p.unlock()
	p.raw.SetReadDeadline(time.Time{})
}

// Wrap puts a layer on the script's end of the conn. Bytes that have arrived and
// were not taken go to the layer. The layer must not set deadlines. Nothing is
// being sent.
func (p *Stream) Wrap(layer func(net.Conn) net.Conn) {
	p.change(func() {
		p.lock() // a parked reader looks at the inbox whenever anything changes
		p.raw.head = append(p.raw.head, p.inbox...)
		p.inbox = nil
		p.unlock()
		p.conn = layer(p.conn) // without the lock: a layer may write at once
	})
}

// Unwrap removes all layers without telling the other side. Nothing is being
// sent.
func (p *Stream) Unwrap() {
	p.change(func() { p.conn = p.raw })
}

// change replaces the byte end while nobody uses it.
func (p *Stream) change(swap func()) {
	p.lock()
	p.changing = true
	p.parked = false // it must park again, outside of the byte end
	p.talk.Changed.Broadcast()
	p.unlock()
	p.interrupt()
	swap()
	p.lock()
	p.changing = false
	p.talk.Changed.Broadcast()
	p.unlock()
}

// layered reports whether there is a layer on the script's end.
func (p *Stream) layered() bool { return p.conn != net.Conn(p.raw) }
