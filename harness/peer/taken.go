package peer

import (
	"context"
	"net"
	"time"

	"socketkata/harness/failure"
	"socketkata/harness/memnet"
	"socketkata/harness/network"
)

// awaitRead waits until the subject has read everything this peer sent, or
// has hung up.
func (p *Peer) awaitRead(reason string) {
	b := p.bench
	b.t.Helper()
	if b.arena == Virtual {
		b.Settle()
		return
	}
	b.awaitPolling(reason, p.allRead, func() outcome {
		return outcome{
			symptom: failure.NotReading, peer: p,
			got:  "your code has not read what was sent",
			want: "it is read while the peer waits",
		}
	})
}

// allRead reports whether nothing that was sent waits to be read, or nobody is
// left to read it, which the next expectation will tell better.
func (p *Peer) allRead() bool {
	b := p.bench
	b.mu.Lock()
	over := p.end == rst || !b.callsOpen() && len(b.subjects()) == 0
	sent := p.raw.sent
	b.mu.Unlock()
	if over {
		return true
	}
	if m, ok := p.raw.Conn.(*memnet.Conn); ok {
		// A short wait here saves the caller's pause in the usual case.
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		defer cancel()
		return m.WaitRemote(ctx, func(s memnet.State) bool { return s.Unread == 0 || s.Closed }) == nil
	}
	if queued, known := network.Queued(p.raw.Conn); known {
		return !queued
	}
	// What has not arrived is in no queue yet, and looks as if it had been read.
	if received, known := network.ReceivedAt(p.raw.Conn); known && received < sent {
		return false
	}
	c := p.subjectEnd()
	if c == nil && network.CanSeeUnread {
		n, listed := network.UnreadAt(p.raw.Conn)
		return n == 0 && (listed || b.out != nil || p.unseen)
	}
	if c == nil {
		return p.unseen || !network.CanSeeUnread
	}
	n, err := network.Unread(c)
	return err != nil || n == 0
}

// leavesUnread reports whether bytes of the subject wait at the peer's own end,
// so that closing it sends RST. Where the platform does not tell it is false.
func (p *Peer) leavesUnread() bool {
	if p.hungUp {
		return false
	}
	if m, ok := p.subjectEnd().(*memnet.Conn); ok {
		return m.Remote().Unread > 0
	}
	n, _ := network.Unread(p.raw.Conn)
	return n > 0
}

// subjectEnd finds the other end of the peer's conn. It is nil as long as the
// subject has not accepted it, and where the subject made it.
func (p *Peer) subjectEnd() net.Conn {
	if p.other != nil || p.raw.LocalAddr().Network() == "unix" { // whose clients have no address
		return p.other
	}
	p.bench.mu.Lock()
	defer p.bench.mu.Unlock()
	for _, c := range p.bench.accepted {
		if c.RemoteAddr().String() == p.raw.LocalAddr().String() {
			p.other = c.Conn
		}
	}
	return p.other
}
