// Package network makes the sockets that a script needs, in the same way on
// every network: in memory, over loopback, and with Unix sockets.
//
// It knows nothing of scripts. Beyond what package net has it does three
// things: it keeps a closed port from being taken by another process, it gives
// conns small buffers, and it tells how much waits at the other end of a conn.
package network

import (
	"net"
	"time"

	"socketkata/harness/memnet"
)

// A Network makes sockets of one kind.
type Network interface {
	// Listen returns a stream listener on an address of its own. The caller
	// closes it, and releases it at the end.
	Listen() (*Listener, error)
	// Pair returns the two ends of one stream conn. The caller closes both.
	Pair() (harness, subject net.Conn, err error)
	// ListenPacket returns a packet conn on an address of its own. The caller
	// closes it.
	ListenPacket() (net.PacketConn, error)
}

// A Listener is a stream listener and the way to dial it.
type Listener struct {
	net.Listener
	dial    func() (net.Conn, error)
	holders []net.Conn
}

// listen returns a listener of package net. limit is how long a dial waits.
func listen(network, address string, limit time.Duration) (*Listener, error) {
	ln, err := net.Listen(network, address)
	if err != nil {
		return nil, err
	}
	return &Listener{Listener: ln, dial: func() (net.Conn, error) {
		return Dial(network, ln.Addr().String(), limit)
	}}, nil
}

// Dial connects to the listener. The caller closes the conn. A conn that the
// other side reset before Dial returned is a conn, not an error.
func (l *Listener) Dial() (net.Conn, error) { return l.dial() }

// Release frees what keeps other processes off the address of the listener,
// also after Close.
func (l *Listener) Release() {
	for _, c := range l.holders {
		Reset(c)
	}
	l.holders = nil
}

// Memory is the network of package memnet.
type Memory struct{ packets *memnet.PacketNet }

// NewMemory returns a network in memory.
func NewMemory() Memory { return Memory{memnet.NewPacketNet()} }

// Listen returns a [memnet.Listener].
func (Memory) Listen() (*Listener, error) {
	ln := memnet.Listen()
	return &Listener{Listener: ln, dial: func() (net.Conn, error) {
		c, err := ln.Dial()
		if err != nil {
			return nil, err // not a nil *memnet.Conn
		}
		return c, nil
	}}, nil
}

// Pair returns two [memnet.Conn].
func (Memory) Pair() (harness, subject net.Conn, err error) {
	client, server := memnet.Pair()
	return client, server, nil
}

// ListenPacket returns a [memnet.PacketConn]. Those of one Memory reach each
// other.
func (m Memory) ListenPacket() (net.PacketConn, error) { return m.packets.Listen(), nil }
