package peer

import (
	"errors"
	"fmt"
	"net"

	"socketkata/harness/network"
	"socketkata/harness/wire"
)

// A PacketPeer is the script's end of an exchange of datagrams: a packet conn
// of the bench. From the start it receives in the background whatever the
// subject sends to it, each datagram by itself. The bench closes it at the end
// of the script.
type PacketPeer struct {
	side *Peer // its name in the drawing and its counts; it has no conn
	conn net.PacketConn
	only net.Addr // where all datagrams have to come from; nil if from anywhere
	to   net.Addr // where Send sends

	inbox []received // not yet asked for by the script; guarded by Bench.mu
}

// A received datagram.
type received struct {
	data string
	from net.Addr
}

// ServePacket starts a serving function of the subject on a new packet conn, in
// a goroutine of its own. [Bench.DialPacket] makes clients of it.
//
// At the end of the script the bench closes the conn and expects serve to
// return.
func (b *Bench) ServePacket(serve func(net.PacketConn) error) *Server {
	b.t.Helper()
	if b.at() {
		s := b.serveAt(serve, false)
		s.addr = net.UDPAddrFromAddrPort(s.addr.(*net.TCPAddr).AddrPort())
		return s
	}
	conn := b.PacketConn()
	s := &Server{bench: b, addr: conn.LocalAddr(), close: conn.Close, dial: takesDatagrams}
	s.call = b.start(nameOf(serve), func() error { return serve(conn) })
	return s
}

func takesDatagrams() (net.Conn, error) {
	return nil, errors.New("the server takes datagrams: use DialPacket")
}

// PacketConn returns a packet conn for the subject, for one that sends the
// first datagram itself. The bench closes it at the end of the script, if the
// subject has not.
func (b *Bench) PacketConn() net.PacketConn {
	b.t.Helper()
	b.beyond("it hands over a packet conn, which a server at an address does not take")
	return b.listenPacket()
}

// ListenPacket returns a peer at an address of its own, which takes datagrams
// from anywhere. Its Send answers the datagram that the script expected last.
func (b *Bench) ListenPacket() *PacketPeer {
	b.t.Helper()
	return b.packetPeer("server", "your client", nil)
}

// DialPacket returns a client of the server. Its Send sends to the server's
// address, and an answer must come from there.
func (b *Bench) DialPacket(s *Server) *PacketPeer {
	b.t.Helper()
	return b.packetPeer("client", "your server", s.addr)
}

func (b *Bench) packetPeer(kind, subject string, to net.Addr) *PacketPeer {
	b.t.Helper()
	p := &PacketPeer{side: b.newPeer(kind, subject), only: to, to: to}
	p.conn = b.listenPacket()
	b.mu.Lock()
	b.packetPeers = append(b.packetPeers, p)
	b.mu.Unlock()
	b.own.Go(p.receiveAll)
	return p
}

func (b *Bench) listenPacket() net.PacketConn {
	b.t.Helper()
	if b.packets == nil {
		b.packets = network.NewPackets(func() (net.PacketConn, error) { return b.net.ListenPacket() }, b.seed, b.sentPacket)
	}
	c, err := b.packets.ListenPacket()
	if err != nil {
		b.t.Fatalf("harness: listen for datagrams: %v", err)
	}
	b.mu.Lock()
	b.packetConns = append(b.packetConns, c)
	b.mu.Unlock()
	return c
}

// A Fate is what happens to a datagram on its way.
type Fate = network.Fate

// The fates of a datagram, for [Bench.Fate].
const (
	Lost  = network.Lost  // it never arrives
	Twice = network.Twice // it arrives two times in a row
	Late  = network.Late  // it arrives after the next one to the same address, or after a second
)

// Fate scripts what happens to one datagram. The number counts from 1 all
// datagrams that the script and the subject send on the bench's packet conns:
// Fate(2, Lost) loses the second one, Fate(2, Late) lets the third arrive before
// it if both go to the same address. The sender does not notice.
func (b *Bench) Fate(number int, f Fate) {
	b.t.Helper()
	b.ownPackets()
	b.packets.Script(number, f)
}

// Chances gives all datagrams whose fate is not scripted the probabilities, from
// 0 to 1, of being lost, of arriving twice and of being late. Who gets which
// depends on the seed, which a failure of the script names.
func (b *Bench) Chances(lost, twice, late float64) {
	b.t.Helper()
	b.ownPackets()
	b.seeded = true
	b.packets.SetChances(network.Chances{Lost: lost, Twice: twice, Late: late})
}

func (b *Bench) ownPackets() {
	b.t.Helper()
	b.beyond("it decides over the fate of datagrams, which nobody can on the way to a server at an address")
	if b.packets == nil {
		b.listenPacket()
	}
}

// sentPacket puts a datagram of the script into the drawing, and one of the
// subject whose fate is not to arrive. The others are drawn when they do.
func (b *Bench) sentPacket(s network.Sent) {
	from, to := b.packetPeerAt(s.From), b.packetPeerAt(s.To)
	note := func(p *PacketPeer, side wire.Side) {
		if s.Fate != network.Arrives {
			b.wire.Add(p.side.name, side, wire.Note, fmt.Appendf(nil, "datagram %d is %s", s.Number, said[s.Fate]))
		}
	}
	switch {
	case from != nil:
		b.wire.Add(from.side.name, wire.Harness, wire.Datagram, s.Data)
		note(from, wire.Harness)
	case to != nil:
		if s.Fate == network.Lost {
			b.wire.Add(to.side.name, wire.Subject, wire.Datagram, s.Data)
		}
		note(to, wire.Subject)
	}
}

// said is each fate in the sentence of the drawing.
var said = map[Fate]string{Lost: "lost", Twice: "doubled", Late: "late"}

func (b *Bench) packetPeerAt(addr net.Addr) *PacketPeer {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.packetPeers {
		if p.conn.LocalAddr().String() == addr.String() {
			return p
		}
	}
	return nil
}

// receiveAll moves every datagram into the inbox until the conn is closed.
func (p *PacketPeer) receiveAll() {
	b := p.side.bench
	buf := make([]byte, 1<<16)
	for {
		n, from, err := p.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		p.side.record(wire.Datagram, buf[:n])
		b.mu.Lock()
		p.inbox = append(p.inbox, received{string(buf[:n]), from})
		p.side.received += int64(n)
		b.datagrams++
		b.cond.Broadcast()
		b.mu.Unlock()
	}
}

// closePackets closes every packet conn of the bench.
func (b *Bench) closePackets() {
	b.mu.Lock()
	conns := b.packetConns
	b.mu.Unlock()
	for _, c := range conns {
		c.Close()
	}
	if b.packets != nil {
		b.packets.Stop()
	}
}
