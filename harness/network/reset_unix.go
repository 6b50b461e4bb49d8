//go:build unix

package network

import (
	"net"
	"syscall"
)

// canSeeReset tells whether this platform shows that a conn was reset.
const canSeeReset = true

// noPeer reports whether the system has given up the conn, as after a reset: it
// no longer has a peer, while a conn that only got FIN has one.
func noPeer(c net.Conn) bool {
	s, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return false
	}
	var gone error
	err = raw.Control(func(fd uintptr) { _, gone = syscall.Getpeername(int(fd)) })
	return err == nil && gone != nil
}
