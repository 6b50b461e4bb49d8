package peer

import (
	"encoding/binary"
	"net"
	"syscall"
)

// unreadAt returns how many bytes wait to be read in the socket at the other
// end of a conn, whichever process has it (sock_diag(7)). ok is false if the
// kernel does not tell: the socket is closed, or not of IPv4.
func unreadAt(c net.Conn) (n int, ok bool) {
	request := diagRequest(c.RemoteAddr(), c.LocalAddr())
	if request == nil {
		return 0, false
	}
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, netlinkSockDiag)
	if err != nil {
		return 0, false
	}
	defer syscall.Close(fd)
	if err := syscall.Sendto(fd, request, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return 0, false
	}
	reply := make([]byte, 4096)
	size, _, err := syscall.Recvfrom(fd, reply, 0)
	if err != nil || size < headerSize+queueOffset+4 {
		return 0, false
	}
	kind, state := binary.NativeEndian.Uint16(reply[4:]), reply[headerSize+1]
	if kind != sockDiagByFamily || state == stateListen {
		return 0, false
	}
	return int(binary.NativeEndian.Uint32(reply[headerSize+queueOffset:])), true
}

const (
	netlinkSockDiag  = 4
	sockDiagByFamily = 20
	stateListen      = 10
	headerSize       = 16 // struct nlmsghdr
	queueOffset      = 56 // of idiag_rqueue in struct inet_diag_msg
	requestSize      = 56 // struct inet_diag_req_v2
)

// diagRequest asks for the one socket with these addresses; nil if they are
// not those of TCP over IPv4.
func diagRequest(local, remote net.Addr) []byte {
	src, ok := local.(*net.TCPAddr)
	dst, also := remote.(*net.TCPAddr)
	if !ok || !also || src.IP.To4() == nil || dst.IP.To4() == nil {
		return nil
	}
	b := make([]byte, headerSize+requestSize)
	binary.NativeEndian.PutUint32(b[0:], uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], sockDiagByFamily)
	binary.NativeEndian.PutUint16(b[6:], syscall.NLM_F_REQUEST)
	r := b[headerSize:]
	r[0], r[1] = syscall.AF_INET, syscall.IPPROTO_TCP
	binary.NativeEndian.PutUint32(r[4:], ^uint32(0)) // in whatever state
	binary.BigEndian.PutUint16(r[8:], uint16(src.Port))
	binary.BigEndian.PutUint16(r[10:], uint16(dst.Port))
	copy(r[12:], src.IP.To4())
	copy(r[28:], dst.IP.To4())
	binary.NativeEndian.PutUint64(r[48:], ^uint64(0)) // any cookie
	return b
}
