package memnet

import (
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	maxPayload = 65507 // 65535 less the headers of IPv4 and UDP
	queueLimit = 256   // datagrams a PacketConn keeps for its reader
	holdLimit  = time.Second
)

var errMissingAddress = errors.New("missing address") // the text package net has for it

// PacketFaults says how often a datagram meets with an accident, each as a
// probability from 0 to 1. The zero value is a network that does nothing to
// them.
//
// Which accidents the k-th datagram of a conn meets with depends on Seed, the
// conn's place in the order of Listen calls, and k; never on the time or on
// what other conns send.
type PacketFaults struct {
	Seed      uint64
	Loss      float64 // the datagram never arrives
	Duplicate float64 // it arrives twice
	Reorder   float64 // it arrives after the next one to the same conn, or after a second when none comes
}

// A PacketNet is a network of datagrams in memory, with accidents as on a real
// one. All methods may be called concurrently.
type PacketNet struct {
	faults PacketFaults

	mu    sync.Mutex
	conns map[netip.AddrPort]*PacketConn
	count uint64
}

// NewPacketNet returns a network without conns.
func NewPacketNet(f PacketFaults) *PacketNet {
	return &PacketNet{faults: f, conns: make(map[netip.AddrPort]*PacketConn)}
}

// Listen returns a new conn on the network with an invented address. The
// caller closes it.
func (n *PacketNet) Listen() *PacketConn {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.count++
	c := &PacketConn{
		net:  n,
		addr: net.UDPAddrFromAddrPort(nextAddr().AddrPort()),
		rand: rand.New(rand.NewPCG(n.faults.Seed, n.count)),
	}
	c.canRead.L = &c.mu
	n.conns[c.addr.AddrPort()] = c
	return c
}

func (n *PacketNet) find(addr *net.UDPAddr) *PacketConn {
	n.mu.Lock()
	defer n.mu.Unlock()
	to := addr.AddrPort()
	return n.conns[netip.AddrPortFrom(to.Addr().Unmap(), to.Port())]
}

func (n *PacketNet) remove(c *PacketConn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.conns, c.addr.AddrPort())
}

// A PacketConn is a [net.PacketConn] in memory that behaves like an
// unconnected [net.UDPConn] on Linux. All methods may be called concurrently.
// Errors are a [*net.OpError] around [net.ErrClosed], [os.ErrDeadlineExceeded]
// or an [*os.SyscallError] with EMSGSIZE.
type PacketConn struct {
	net  *PacketNet
	addr *net.UDPAddr

	mu            sync.Mutex
	canRead       sync.Cond
	queue         []datagram
	held          *datagram // overtaken by the next one that arrives
	holdTimer     *time.Timer
	rand          *rand.Rand
	readDeadline  deadline
	writeDeadline deadline
	closed        bool
}

type datagram struct {
	from    *net.UDPAddr
	payload []byte
}

// A fate is what happens to one datagram on its way.
type fate struct{ lost, doubled, held bool }
