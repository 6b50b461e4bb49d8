package memnet

import (
	"net"
	"sync/atomic"
)

const (
	firstPort = 10000 // a number with five digits, so that columns line up
	ports     = 50000
)

// lastPort numbers the addresses. It is the one variable the package keeps:
// two listeners in one test must never share an address, because programs use
// addresses as keys.
var lastPort atomic.Uint32

// nextAddr returns a loopback address nobody else in this process has, until
// 50,000 more were handed out.
func nextAddr() *net.TCPAddr {
	port := firstPort + int(lastPort.Add(1)%ports)
	return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1).To4(), Port: port}
}
