package fault

import (
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
)

// FailReadFrom makes the next calls of ReadFrom fail at once with these errors,
// one each, and then go on normally; nil stands for a call that works. The
// subject sees each error as it is. No datagram is lost: it waits in the queue.
// After Close, ReadFrom fails with net.ErrClosed, whatever is left of errs. See
// [PortUnreachable].
func FailReadFrom(errs ...error) func(net.PacketConn) net.PacketConn {
	return func(c net.PacketConn) net.PacketConn { return &failPacket{PacketConn: c, reads: slices.Clone(errs)} }
}

// FailWriteTo is [FailReadFrom] for WriteTo. A datagram whose WriteTo fails is
// not sent.
func FailWriteTo(errs ...error) func(net.PacketConn) net.PacketConn {
	return func(c net.PacketConn) net.PacketConn { return &failPacket{PacketConn: c, writes: slices.Clone(errs)} }
}

// PortUnreachable returns the error of a socket that heard by ICMP that nobody
// received an earlier datagram: ECONNREFUSED. The next call that sends or
// receives reports it, once. A connected socket does so, and on Linux any
// socket with IP_RECVERR. See udp(7) and ip(7).
func PortUnreachable() error {
	return &net.OpError{Op: "read", Net: "udp", Err: os.NewSyscallError("recvfrom", syscall.ECONNREFUSED)}
}

type failPacket struct {
	net.PacketConn

	mu            sync.Mutex
	reads, writes []error // those still to come
	closed        bool
}

func (c *failPacket) ReadFrom(p []byte) (int, net.Addr, error) {
	if err := c.next(&c.reads); err != nil {
		return 0, nil, err
	}
	return c.PacketConn.ReadFrom(p)
}

func (c *failPacket) WriteTo(p []byte, to net.Addr) (int, error) {
	if err := c.next(&c.writes); err != nil {
		return 0, err
	}
	return c.PacketConn.WriteTo(p, to)
}

// next takes the error for this call off a list.
func (c *failPacket) next(errs *[]error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(*errs) == 0 {
		return nil
	}
	err := (*errs)[0]
	*errs = (*errs)[1:]
	return err
}

func (c *failPacket) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	return c.PacketConn.Close()
}
