//go:build unix

package leak

import (
	"net/netip"
	"strconv"
	"syscall"
)

// Socket says what the descriptor of this process is if it is a socket: "a conn
// from 127.0.0.1:8080 to 127.0.0.1:40118". It returns "" if it is none.
func Socket(descriptor string) string {
	fd, err := strconv.Atoi(descriptor)
	if err != nil {
		return ""
	}
	own, err := syscall.Getsockname(fd)
	if err != nil {
		return ""
	}
	at := address(own)
	if other, err := syscall.Getpeername(fd); err == nil {
		return join("a conn", "from", at, "to", address(other))
	}
	if listens, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_ACCEPTCONN); err == nil && listens != 0 {
		return join("a listener", "at", at)
	}
	return join("a socket without a peer", "at", at)
}

// join leaves out each preposition that has no address.
func join(kind string, rest ...string) string {
	for i := 0; i < len(rest); i += 2 {
		if rest[i+1] != "" {
			kind += " " + rest[i] + " " + rest[i+1]
		}
	}
	return kind
}

// address returns "" for a socket without one: an unbound port, a Unix socket
// without a path.
func address(a syscall.Sockaddr) string {
	switch a := a.(type) {
	case *syscall.SockaddrInet4:
		return addrPort(netip.AddrFrom4(a.Addr), a.Port)
	case *syscall.SockaddrInet6:
		return addrPort(netip.AddrFrom16(a.Addr), a.Port)
	case *syscall.SockaddrUnix:
		return a.Name
	}
	return ""
}

func addrPort(addr netip.Addr, port int) string {
	if port == 0 {
		return ""
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(port)).String()
}
