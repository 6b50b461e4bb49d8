package peer

import (
	"net"

	"socketkata/harness/endpoint"
	"socketkata/harness/network"
)

// A PacketPeer is the script's end of an exchange of datagrams: a packet conn
// of the bench. From the start it receives in the background whatever the
// subject sends to it, each datagram by itself. The bench closes it at the end
// of the script.
type PacketPeer struct {
	bench *Bench
	end   *endpoint.Datagrams
	only  net.Addr // where all datagrams have to come from; nil if from anywhere
	to    net.Addr // where Send sends
}

// ServePacket is [Bench.Serve] for datagrams: it starts a serving function of the
// subject on a new packet conn. [Bench.DialPacket] makes clients of it.
func (b *Bench) ServePacket(serve func(net.PacketConn) error, wrap ...func(net.PacketConn) net.PacketConn) *Server {
	b.t.Helper()
	if b.subject.IsAddress() {
		s := b.serveAt(serve, len(wrap) > 0)
		s.addr = net.UDPAddrFromAddrPort(s.addr.(*net.TCPAddr).AddrPort())
		if err := network.Knock(s.Addr()); network.IsRefused(err) {
			b.run.Fail(nil, "the server receives datagrams", endpoint.Unreachable(err))
		}
		return s
	}
	conn := b.PacketConn()
	for _, w := range wrap {
		conn = w(conn)
	}
	s := &Server{bench: b, addr: conn.LocalAddr(), close: conn.Close, dial: network.DialNothing}
	s.call = b.subject.Call(b.nameOf(serve), func() error { return serve(conn) })
	return s
}

// PacketConn returns a packet conn for the subject, for one that sends the
// first datagram itself. The bench closes it at the end of the script, if the
// subject has not.
func (b *Bench) PacketConn() net.PacketConn {
	b.t.Helper()
	b.notAt("the test passes a packet conn to your code; a server at an address cannot take one")
	return b.listenPacket()
}

// ListenPacket returns a peer at an address of its own, which takes datagrams
// from anywhere. Its Send answers the datagram that the script expected last. In
// drawings it is the server, or what role names: "stranger".
func (b *Bench) ListenPacket(role ...string) *PacketPeer {
	b.t.Helper()
	return b.packetPeer(append(role, "server")[0], "your client", nil)
}

// DialPacket returns a client of the server. Its Send sends to the server's
// address, and an answer must come from there.
func (b *Bench) DialPacket(s *Server) *PacketPeer {
	b.t.Helper()
	return b.packetPeer("client", "your server", s.addr)
}

func (b *Bench) packetPeer(kind, subject string, to net.Addr) *PacketPeer {
	b.t.Helper()
	c := b.listenPacket()
	return &PacketPeer{bench: b, end: b.talk.NewSide(kind, subject).NewDatagrams(c), only: to, to: to}
}

func (b *Bench) listenPacket() net.PacketConn {
	b.t.Helper()
	if b.packets == nil {
		b.packets = network.NewPackets(func() (net.PacketConn, error) { return b.net.ListenPacket() }, b.run.Seed, b.talk.SentPacket)
	}
	c, err := b.packets.ListenPacket()
	if err != nil {
		b.run.Unable("listen for datagrams", err)
	}
	b.mu.Lock()
	b.packetConns = append(b.packetConns, c)
	b.mu.Unlock()
	return c
}

// A Fate is what happens to a datagram on its way.
type Fate = network.Fate

// The fates of a datagram, for [PacketPeer.FateSent] and [PacketPeer.FateReceived].
const (
	Lost  = network.Lost  // it never arrives
	Twice = network.Twice // it arrives two times in a row
	Late  = network.Late  // it arrives after the next one to the same address, or after a second
)

// FateSent scripts what happens to one datagram of this peer. The number counts
// from 1 what it has sent since the script began: FateSent(2, Lost) loses the
// second datagram, FateSent(2, Late) lets the third arrive before it if both go
// to the same address. The sender does not notice. The probe of
// [PacketPeer.ExpectNone] always arrives and is not counted.
func (p *PacketPeer) FateSent(number int, f Fate) {
	p.bench.t.Helper()
	p.bench.ownPackets()
	p.bench.packets.ScriptFrom(p.Addr(), number, f)
}

// FateReceived is [PacketPeer.FateSent] for what the subject sends to this peer,
// lost ones included. The answer to the probe of [PacketPeer.ExpectNone] always
// arrives and is not counted.
func (p *PacketPeer) FateReceived(number int, f Fate) {
	p.bench.t.Helper()
	p.bench.ownPackets()
	p.bench.packets.ScriptTo(p.Addr(), number, f)
}

// Chances gives all datagrams whose fate is not scripted the probabilities, from
// 0 to 1, of being lost, of arriving twice and of being late. Who gets which
// depends on the seed, which a failure of the script names.
func (b *Bench) Chances(lost, twice, late float64) {
	b.t.Helper()
	b.ownPackets()
	b.run.Seeded()
	b.packets.SetChances(network.Chances{Lost: lost, Twice: twice, Late: late})
}

func (b *Bench) ownPackets() {
	b.t.Helper()
	b.notAt("it drops, doubles or delays datagrams, which is impossible on the way to a server at an address")
	if b.packets == nil {
		b.listenPacket()
	}
}
