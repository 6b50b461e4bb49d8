package peer

import (
	"errors"
	"net"
	"os"
	"time"

	"socketkata/harness/failure"
	"socketkata/harness/wire"
)

// Addr returns the peer's address, for the subject to send to.
func (p *PacketPeer) Addr() net.Addr { return p.conn.LocalAddr() }

// Send sends one datagram with these bytes, which may be none: to the server of
// [Bench.DialPacket], or to where the datagram came from that the script
// expected last.
func (p *PacketPeer) Send(data string) {
	p.side.bench.t.Helper()
	if p.to == nil {
		p.side.bench.t.Fatalf("harness: Send answers a datagram, and none was expected yet; use SendTo")
	}
	p.SendTo(p.to, data)
}

// SendTo sends one datagram to an address.
func (p *PacketPeer) SendTo(to net.Addr, data string) {
	b := p.side.bench
	b.t.Helper()
	if b.arena == Loopback || b.arena == Process {
		p.conn.SetWriteDeadline(time.Now().Add(b.stepLimit())) // a Unix socket waits while the other one is full
	}
	_, err := p.conn.WriteTo([]byte(data), to)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		b.fail(readReason, outcome{symptom: failure.NotReading, peer: p.side,
			got: "your code stopped reading: no further datagram fits into the queue", want: "all datagrams are read"})
	}
	if err != nil {
		b.t.Fatalf("harness: send a datagram of %d bytes: %v", len(data), err)
	}
	b.mu.Lock()
	p.side.sent += int64(len(data))
	b.datagrams++
	b.mu.Unlock()
}

// Expect waits for the next datagram and checks that it holds exactly these
// bytes. The reason says why it is due.
func (p *PacketPeer) Expect(reason, want string) {
	p.side.bench.t.Helper()
	got := p.next(reason, "a datagram: "+wire.Quote([]byte(want), quoteLimit))
	if got != want {
		o := differ(want, got)
		o.peer, o.want, o.got = p.side, "a datagram: "+o.want, "a datagram: "+o.got
		p.side.bench.fail(reason, o)
	}
}

// Receive waits for the next datagram, whatever is in it, and returns that.
func (p *PacketPeer) Receive(reason string) string {
	p.side.bench.t.Helper()
	return p.next(reason, "a datagram")
}

// ExpectNone checks that nothing has come and nothing comes: it sends the probe,
// and the next datagram must be the answer to it. (The probe is a fence. Without
// one only time could tell, and no time is long enough.)
func (p *PacketPeer) ExpectNone(reason, probe, answer string) {
	p.side.bench.t.Helper()
	p.Send(probe)
	got := p.next(reason, "only the answer to "+wire.Quote([]byte(probe), quoteLimit))
	if got != answer {
		p.extra(reason, got, "no datagram before the answer "+wire.Quote([]byte(answer), quoteLimit))
	}
}

// ExpectQuiet checks that no datagram has come. It looks when nothing can happen
// any more without time passing, and so needs [Virtual].
func (p *PacketPeer) ExpectQuiet(reason string) {
	b := p.side.bench
	b.t.Helper()
	b.onlyVirtual("ExpectQuiet")
	b.Settle()
	b.mu.Lock()
	waiting := len(p.inbox) > 0
	b.mu.Unlock()
	if waiting {
		p.extra(reason, p.next(reason, ""), "no datagram")
	}
}

// extra fails the script for a datagram that nobody asked for.
func (p *PacketPeer) extra(reason, got, want string) {
	b := p.side.bench
	b.t.Helper()
	b.fail(reason, outcome{symptom: failure.ExtraBytes, peer: p.side,
		got: "a datagram: " + wire.Quote([]byte(got), quoteLimit), want: want})
}

// next waits for the next datagram and takes it.
func (p *PacketPeer) next(reason, want string) string {
	b := p.side.bench
	b.t.Helper()
	b.awaitOr(reason, func() bool { return len(p.inbox) > 0 }, func() outcome {
		return outcome{symptom: failure.Silence, peer: p.side, got: "silence: no datagram came", want: want}
	})
	b.mu.Lock()
	d := p.inbox[0]
	p.inbox = p.inbox[1:]
	b.mu.Unlock()
	if p.only != nil && d.from.String() != p.only.String() {
		b.fail(reason, outcome{symptom: failure.WrongValue, peer: p.side,
			got: "a datagram from " + d.from.String(), want: "one from the server's address, " + p.only.String()})
	}
	p.to = d.from
	return d.data
}
