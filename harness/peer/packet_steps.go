package peer

import (
	"net"

	"socketkata/harness/endpoint"
	"socketkata/harness/failure"
)

// Addr returns the peer's address, for the subject to send to.
func (p *PacketPeer) Addr() net.Addr { return p.end.Addr() }

// Send sends one datagram with these bytes, which may be none: to the server of
// [Bench.DialPacket], or to where the datagram came from that the script
// expected last.
func (p *PacketPeer) Send(data string) {
	p.bench.t.Helper()
	p.SendTo(p.target(), data)
}

// target returns where Send sends.
func (p *PacketPeer) target() net.Addr {
	p.bench.t.Helper()
	if p.to == nil {
		p.bench.t.Fatalf("harness: Send answers a datagram, and none was expected yet; use SendTo")
	}
	return p.to
}

// SendTo sends one datagram to an address, and waits until that has room for it.
func (p *PacketPeer) SendTo(to net.Addr, data string) {
	b := p.bench
	b.t.Helper()
	var err error
	if b.arena == Memory || b.arena == Virtual { // where nothing waits
		err = p.end.Send(to, data)
	} else {
		sent := p.end.SendAsync(to, data)
		b.run.Await(p.end.Side, readReason, func() (over bool) { over, err = sent(); return over }, func() failure.Outcome {
			return failure.Outcome{Symptom: failure.NotReading,
				Got: "your code stopped reading: the queue has no room for another datagram", Want: "all datagrams are read"}
		})
	}
	if err != nil {
		b.t.Fatalf("harness: send a datagram of %d bytes: %v", len(data), err)
	}
}

// Expect waits for the next datagram and checks that it holds exactly these
// bytes. The reason says why it is due.
func (p *PacketPeer) Expect(reason, want string) {
	p.bench.t.Helper()
	got := p.next(reason, "a datagram: "+endpoint.Quote([]byte(want)))
	if got != want {
		o := endpoint.Differ(want, got)
		o.Want, o.Got = "a datagram: "+o.Want, "a datagram: "+o.Got
		p.bench.run.Fail(p.end.Side, reason, o)
	}
}

// Receive waits for the next datagram, whatever is in it, and returns that.
func (p *PacketPeer) Receive(reason string) string {
	p.bench.t.Helper()
	return p.next(reason, "a datagram")
}

// ExpectNone checks that nothing has come and nothing comes: it sends the probe,
// and the next datagram must be the answer to it. (The probe is a fence. Without
// one only time could tell, and no time is long enough.) It first lets the subject
// finish what it is doing, so that a failure shows nothing but what went wrong.
func (p *PacketPeer) ExpectNone(reason, probe, answer string) {
	b := p.bench
	b.t.Helper()
	want := "no datagram before the answer " + endpoint.Quote([]byte(answer))
	looks := 0
	b.Until(reason, func() bool { looks++; return b.AtRest() || looks > 20 && p.waiting() }) // a flood never rests
	if p.waiting() {
		p.extra(reason, p.next(reason, want), want)
	}
	to := p.target()
	b.packets.Spare(to, probe)
	b.packets.Spare(p.Addr(), answer)
	p.SendTo(to, probe)
	if got := p.next(reason, "only the answer to "+endpoint.Quote([]byte(probe))); got != answer {
		p.extra(reason, got, want)
	}
}

// waiting reports whether a datagram has come and was not taken.
func (p *PacketPeer) waiting() bool {
	p.bench.mu.Lock()
	defer p.bench.mu.Unlock()
	return p.end.Waiting()
}

// ExpectQuiet checks that no datagram has come. It looks when nothing can happen
// any more without time passing, and so needs [Virtual].
func (p *PacketPeer) ExpectQuiet(reason string) {
	b := p.bench
	b.t.Helper()
	b.onlyVirtual("ExpectQuiet")
	b.Settle()
	if p.waiting() {
		p.extra(reason, p.next(reason, ""), "no datagram")
	}
}

// extra fails the script for a datagram that nobody asked for.
func (p *PacketPeer) extra(reason, got, want string) {
	b := p.bench
	b.t.Helper()
	b.run.Fail(p.end.Side, reason, failure.Outcome{Symptom: failure.ExtraBytes,
		Got: "a datagram: " + endpoint.Quote([]byte(got)), Want: want})
}

// next waits for the next datagram and takes it.
func (p *PacketPeer) next(reason, want string) string {
	b := p.bench
	b.t.Helper()
	b.run.Await(p.end.Side, reason, p.end.Waiting, func() failure.Outcome {
		return failure.Outcome{Symptom: failure.Silence, Got: "silence: no datagram came", Want: want}
	})
	d := p.end.Take()
	if p.only != nil && d.From.String() != p.only.String() {
		b.run.Fail(p.end.Side, reason, failure.Outcome{Symptom: failure.WrongValue,
			Got: "a datagram from " + d.From.String(), Want: "one from the server's address, " + p.only.String()})
	}
	p.to = d.From
	return d.Data
}
