package network

import (
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Fate is what happens to a datagram on its way.
type Fate string

// The fates.
const (
	Arrives Fate = ""
	Lost    Fate = "lost"  // it never arrives
	Twice   Fate = "twice" // it arrives two times in a row
	Late    Fate = "late"  // it arrives after the next one to the same address, or after a second
)

// lateLimit is when a datagram arrives that no other overtakes.
const lateLimit = time.Second

// Chances are the probabilities, from 0 to 1, of what happens to a datagram
// whose fate is not scripted. The zero value lets all arrive.
type Chances struct{ Lost, Twice, Late float64 }

// A Sent is a datagram that was sent and what its fate is.
type Sent struct {
	From, To net.Addr
	Data     []byte // valid until the call ends
	Fate     Fate
	// Its number, from 1, among those from and to its addresses; 0 if it was
	// spared.
	NumberFrom, NumberTo int
}

// Packets makes the packet conns of a network, and is the fate of what they
// send. All methods may be called concurrently.
type Packets struct {
	open func() (net.PacketConn, error)
	seed uint64
	sent func(Sent)

	mu       sync.Mutex
	conns    uint64
	counted  map[direction]int // datagrams so far
	scripted map[direction]map[int]Fate
	spared   map[direction][]string // data of those that are not counted
	chances  Chances
	late     map[string]*held // by the address they go to
}

// A direction is an address and whether datagrams come from there or go there.
type direction struct {
	addr string
	from bool
}

func sentFrom(addr net.Addr) direction { return direction{addr.String(), true} }
func sentTo(addr net.Addr) direction   { return direction{addr.String(), false} }

// A held datagram waits for another one to overtake it.
type held struct {
	deliver func()
	timer   *time.Timer
}

// NewPackets returns a maker of conns that open returns. Which of the chances
// falls to the k-th datagram of a conn that is counted depends on the seed, the conn's place in
// the order of ListenPacket calls, and k. sent is called for each datagram in
// the goroutine of its sender, before it arrives.
func NewPackets(open func() (net.PacketConn, error), seed uint64, sent func(Sent)) *Packets {
	return &Packets{open: open, seed: seed, sent: sent, counted: make(map[direction]int), late: make(map[string]*held),
		scripted: make(map[direction]map[int]Fate), spared: make(map[direction][]string)}
}

// ScriptFrom sets the fate of a datagram by its number, which counts from 1 what
// the conn with that address sends.
func (n *Packets) ScriptFrom(addr net.Addr, number int, f Fate) { n.script(sentFrom(addr), number, f) }

// ScriptTo sets the fate of a datagram by its number, which counts from 1 what
// all conns send to that address.
func (n *Packets) ScriptTo(addr net.Addr, number int, f Fate) { n.script(sentTo(addr), number, f) }

func (n *Packets) script(d direction, number int, f Fate) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.scripted[d] == nil {
		n.scripted[d] = make(map[int]Fate)
	}
	n.scripted[d][number] = f
}

// Spare lets the next datagram with that data to the address arrive, whatever
// the chances are. It is not counted.
func (n *Packets) Spare(addr net.Addr, data string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.spared[sentTo(addr)] = append(n.spared[sentTo(addr)], data)
}

// SetChances sets the chances of all datagrams whose fate is not scripted.
func (n *Packets) SetChances(c Chances) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.chances = c
}

// ListenPacket returns a conn at a new address. The caller closes it.
func (n *Packets) ListenPacket() (net.PacketConn, error) {
	inner, err := n.open()
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.conns++
	return &packetConn{PacketConn: inner, net: n, rand: rand.New(rand.NewPCG(n.seed, n.conns))}, nil
}

// Stop forgets the datagrams that are late.
func (n *Packets) Stop() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for to, h := range n.late {
		h.timer.Stop()
		delete(n.late, to)
	}
}

// A packetConn gives each datagram it sends its fate.
type packetConn struct {
	net.PacketConn
	net    *Packets
	rand   *rand.Rand // guarded by Packets.mu
	closed atomic.Bool
}

// maxPayload is the longest datagram over UDP: 65,535 bytes less the headers of IPv4 and
// UDP.
const maxPayload = 65507

// WriteTo sends a datagram as the inner conn does. One that is lost or late
// counts as sent.
func (c *packetConn) WriteTo(p []byte, to net.Addr) (int, error) {
	if to == nil || c.closed.Load() || to.Network() == "udp" && len(p) > maxPayload {
		return c.PacketConn.WriteTo(p, to) // an error
	}
	fate := c.net.depart(c, p, to)
	switch fate {
	case Lost:
		return len(p), nil
	case Late:
		kept := slices.Clone(p)
		if c.net.hold(to, func() { c.PacketConn.WriteTo(kept, to) }) {
			return len(p), nil
		}
	}
	n, err := c.PacketConn.WriteTo(p, to)
	if fate == Twice && err == nil {
		n, err = c.PacketConn.WriteTo(p, to)
	}
	c.net.release(to.String())
	return n, err
}

func (c *packetConn) Close() error {
	c.closed.Store(true)
	return c.PacketConn.Close()
}

// depart counts a datagram and returns its fate.
func (n *Packets) depart(c *packetConn, p []byte, dest net.Addr) Fate {
	s := Sent{From: c.LocalAddr(), To: dest, Data: p}
	n.mu.Lock()
	if !n.spare(s) {
		n.count(&s, c.rand)
	}
	n.mu.Unlock()
	n.sent(s)
	return s.Fate
}

// spare reports whether the datagram is to be spared, once. The lock is held.
func (n *Packets) spare(s Sent) bool {
	d := sentTo(s.To)
	i := slices.Index(n.spared[d], string(s.Data))
	if i >= 0 {
		n.spared[d] = slices.Delete(n.spared[d], i, i+1)
	}
	return i >= 0
}

// count gives a datagram its numbers and its fate. The lock is held.
func (n *Packets) count(s *Sent, random *rand.Rand) {
	s.Fate = n.chances.draw(random.Float64()) // also when scripted: the next ones must not depend on that
	next := func(d direction) int {
		n.counted[d]++
		if f, scripted := n.scripted[d][n.counted[d]]; scripted {
			s.Fate = f
		}
		return n.counted[d]
	}
	s.NumberFrom, s.NumberTo = next(sentFrom(s.From)), next(sentTo(s.To))
}

// draw returns the fate for a random number.
func (c Chances) draw(random float64) Fate {
	switch {
	case random < c.Lost:
		return Lost
	case random < c.Lost+c.Twice:
		return Twice
	case random < c.Lost+c.Twice+c.Late:
		return Late
	}
	return Arrives
}

// hold keeps a datagram until the next one to its address has passed it. It
// returns false if one is being kept there: that is overtaken, then.
func (n *Packets) hold(to net.Addr, deliver func()) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	key := to.String()
	if n.late[key] != nil {
		return false
	}
	h := &held{deliver: deliver}
	n.late[key] = h
	h.timer = time.AfterFunc(lateLimit, func() { n.releaseOnly(key, h) })
	return true
}

// releaseOnly is release unless it was h that has been delivered.
func (n *Packets) releaseOnly(to string, h *held) {
	n.mu.Lock()
	still := n.late[to] == h
	if still {
		delete(n.late, to)
	}
	n.mu.Unlock()
	if still {
		h.deliver()
	}
}

// release delivers the datagram that is kept for an address, if any.
func (n *Packets) release(to string) {
	n.mu.Lock()
	h := n.late[to]
	delete(n.late, to)
	n.mu.Unlock()
	if h != nil {
		h.timer.Stop()
		h.deliver()
	}
}
