package network

import (
	"net"
	"syscall"
)

// CanSeeUnread tells whether this platform shows how many bytes wait in a
// socket.
const CanSeeUnread = true

// Unread returns how many bytes wait in the socket to be read: SIOCINQ of
// tcp(7) and unix(7).
func Unread(c net.Conn) (int, error) { return ioctl(c, syscall.TIOCINQ) }
