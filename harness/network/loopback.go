package network

import (
	"errors"
	"net"
	"time"
)

// Loopback is TCP and UDP on 127.0.0.1.
type Loopback struct {
	DialLimit time.Duration // how long a dial waits for an answer
}

// Listen returns a TCP listener. Its port stays taken until Release: otherwise
// another process may get it after Close, and answer instead. What keeps the
// port is one more conn of the listener, both ends of which are open.
func (n Loopback) Listen() (*Listener, error) {
	ln, err := n.listen()
	if err != nil {
		return nil, err
	}
	client, server, err := connect(ln)
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	ln.holders = []net.Conn{client, server}
	return ln, nil
}

func (n Loopback) listen() (*Listener, error) { return listen("tcp", "127.0.0.1:0", n.DialLimit) }

// Pair returns two TCP conns.
func (n Loopback) Pair() (harness, subject net.Conn, err error) {
	ln, err := n.listen()
	if err != nil {
		return nil, nil, err
	}
	defer ln.Close()
	return connect(ln)
}

// ListenPacket returns a [net.UDPConn].
func (Loopback) ListenPacket() (net.PacketConn, error) { return net.ListenPacket("udp", "127.0.0.1:0") }

// connect returns the two ends of a conn through the listener.
func connect(ln *Listener) (client, server net.Conn, err error) {
	client, err = ln.Dial()
	if err != nil {
		return nil, nil, err
	}
	server, err = ln.Accept() // the conn is in the backlog already
	if err != nil {
		return nil, nil, errors.Join(err, client.Close())
	}
	LimitBuffers(server)
	return client, server, nil
}

// socketBuffer is the size asked for of each of the four buffers of a loopback
// conn. Linux takes twice as much, and without it up to 10 MiB (tcp(7)).
const socketBuffer = 256 << 10

// LimitBuffers makes the buffers of a socket's conn small. A conn in memory
// stays as it is.
func LimitBuffers(c net.Conn) {
	switch c := c.(type) {
	case *net.TCPConn:
		c.SetReadBuffer(socketBuffer)
		c.SetWriteBuffer(socketBuffer)
	case *net.UnixConn:
		c.SetWriteBuffer(socketBuffer) // the one buffer there is (unix(7))
	}
}

// WarmUp makes the runtime open the descriptors that it keeps for itself.
func WarmUp() {
	if ln, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		ln.Close()
	}
}
