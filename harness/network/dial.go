package network

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
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

// Resolve returns the address of a stream or datagram socket on this machine: of
// "tcp" or "udp" an IP address of loopback and a port, of "unix" or "unixgram" a
// path. An address that stands for every interface becomes that of loopback, and
// no name is looked up, so that nothing else is ever dialed.
func Resolve(network, address string) (net.Addr, error) {
	if strings.HasPrefix(network, "unix") {
		return net.ResolveUnixAddr(network, address)
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil || at.Port() == 0 {
		return nil, fmt.Errorf("%q is not an IP address and a port", address)
	}
	ip := at.Addr().Unmap()
	switch {
	case ip == netip.IPv4Unspecified():
		ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	case ip == netip.IPv6Unspecified():
		ip = netip.IPv6Loopback()
	case !ip.IsLoopback():
		return nil, fmt.Errorf("%q is not on loopback", address)
	}
	at = netip.AddrPortFrom(ip, at.Port())
	if strings.HasPrefix(network, "udp") {
		return net.UDPAddrFromAddrPort(at), nil
	}
	return net.TCPAddrFromAddrPort(at), nil
}
