package memnet

import (
	"errors"
	"net"
	"net/netip"
	"sync"
)

const (
	maxPayload = 65507 // 65535 less the headers of IPv4 and UDP
	queueLimit = 256   // datagrams a PacketConn keeps for its reader
)

var errMissingAddress = errors.New("missing address") // the text package net has for it

// A PacketNet is a network of datagrams in memory that keeps their order and
// loses none. All methods may be called concurrently.
type PacketNet struct {
	mu    sync.Mutex
	conns map[netip.AddrPort]*PacketConn
}

// NewPacketNet returns a network without conns.
func NewPacketNet() *PacketNet {
	return &PacketNet{conns: make(map[netip.AddrPort]*PacketConn)}
}

// Listen returns a new conn on the network with an invented address. The
// caller closes it.
func (n *PacketNet) Listen() *PacketConn {
	n.mu.Lock()
	defer n.mu.Unlock()
	c := &PacketConn{net: n, addr: net.UDPAddrFromAddrPort(nextAddr().AddrPort())}
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
	readDeadline  deadline
	writeDeadline deadline
	closed        bool
}

type datagram struct {
	from    *net.UDPAddr
	payload []byte
}
