package network

import (
	"errors"
	"net"
	"syscall"
	"time"

	"socketkata/harness/errno"
	"socketkata/harness/memnet"
)

// Dial connects to an address, which may be that of another process. The caller
// closes the conn. On Unix a server may reset the conn before package net has
// returned it: that is a conn that was reset, not one that was refused.
func Dial(network, addr string, limit time.Duration) (net.Conn, error) {
	c, err := net.DialTimeout(network, addr, limit)
	if errors.Is(err, syscall.ECONNRESET) {
		harness, subject := memnet.Pair()
		subject.Reset()
		return harness, nil
	}
	if err == nil {
		LimitBuffers(c)
	}
	return c, err
}

// IsTimeout reports whether a dial got no answer in time: package net has more
// than one error for it.
func IsTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout() || errno.Is(err, syscall.ETIMEDOUT)
}

// IsRefused reports whether a dial failed because nobody listens.
func IsRefused(err error) bool { return errno.Is(err, syscall.ECONNREFUSED) }

// DialNothing is the way to dial a server that takes datagrams: there is none.
func DialNothing() (net.Conn, error) {
	return nil, errors.New("the server takes datagrams: use DialPacket")
}

// Resolve returns the address of a stream or datagram socket: of "tcp", "udp",
// "unix" or "unixgram".
func Resolve(network, address string) (net.Addr, error) {
	switch network {
	case "tcp", "tcp4", "tcp6":
		return net.ResolveTCPAddr(network, address)
	case "udp", "udp4", "udp6":
		return net.ResolveUDPAddr(network, address)
	}
	return net.ResolveUnixAddr(network, address)
}
