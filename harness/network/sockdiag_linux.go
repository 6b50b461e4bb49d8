package network

import (
	"bytes"
	"encoding/binary"
	"net"
	"slices"
	"syscall"
)

// UnreadAt returns how many bytes wait to be read in the socket at the other
// end of a conn, whichever process has it (sock_diag(7)). ok is false if the
// kernel does not tell: the socket is closed, or not of IPv4.
func UnreadAt(c net.Conn) (n int, ok bool) {
	reply := askDiag(c)
	if reply == nil {
		return 0, false
	}
	return int(binary.NativeEndian.Uint32(reply[headerSize+queueOffset:])), true
}

// ReceivedAt returns how many bytes the socket at the other end of a conn has
// received so far. A Write that has returned says less: on a busy machine, and
// while the other process is in a Write of its own on that socket, a segment
// waits in the kernel before it is counted anywhere. ok is false if the kernel
// does not tell.
func ReceivedAt(c net.Conn) (n int64, ok bool) {
	info := infoOf(askDiag(c))
	if info == nil {
		return 0, false
	}
	return int64(binary.NativeEndian.Uint64(info[receivedOffset:])), true
}

// BufferedAt returns how many bytes the program at the other end of a conn has
// read from it and not yet written to it, if it is an echo: what it has read is
// received and no longer waits, what it has written is acknowledged or waits.
// ok is false if the kernel does not tell.
func BufferedAt(c net.Conn) (n int64, ok bool) {
	for range 100 {
		reply, again := askDiag(c), askDiag(c)
		info := infoOf(reply)
		if info == nil {
			return 0, false
		}
		if !bytes.Equal(countsOf(reply), countsOf(again)) {
			continue // the kernel does not read all counts at one instant
		}
		queues := reply[headerSize+queueOffset:]
		read := int64(binary.NativeEndian.Uint64(info[receivedOffset:])) - int64(binary.NativeEndian.Uint32(queues))
		written := int64(binary.NativeEndian.Uint64(info[ackedOffset:])) + int64(binary.NativeEndian.Uint32(queues[4:]))
		return read - written, true
	}
	return 0, false
}

// countsOf returns the counts in a reply of askDiag, to be compared.
func countsOf(reply []byte) []byte {
	info := infoOf(reply)
	if info == nil {
		return nil
	}
	return slices.Concat(reply[headerSize+queueOffset:][:8], info[ackedOffset:receivedOffset+8])
}

// infoOf returns the struct tcp_info in a reply of askDiag. It is nil if there
// is none with the counts, which came with Linux 4.1.
func infoOf(reply []byte) []byte {
	for attrs := reply[min(headerSize+messageSize, len(reply)):]; len(attrs) >= attrHeader; {
		size, kind := int(binary.NativeEndian.Uint16(attrs)), binary.NativeEndian.Uint16(attrs[2:])
		if kind == diagInfo && size >= attrHeader+receivedOffset+8 && size <= len(attrs) {
			return attrs[attrHeader:size]
		}
		if size < attrHeader {
			break
		}
		attrs = attrs[min((size+3)&^3, len(attrs)):]
	}
	return nil
}

// askDiag returns what the kernel says about the socket at the other end of a
// conn: a struct nlmsghdr, a struct inet_diag_msg and attributes. It is nil if
// the kernel says nothing.
func askDiag(c net.Conn) []byte {
	request := diagRequest(c.RemoteAddr(), c.LocalAddr())
	if request == nil {
		return nil
	}
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, netlinkSockDiag)
	if err != nil {
		return nil
	}
	defer syscall.Close(fd)
	if err := syscall.Sendto(fd, request, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return nil
	}
	reply := make([]byte, 4096)
	size, _, err := syscall.Recvfrom(fd, reply, 0)
	if err != nil || size < headerSize+messageSize {
		return nil
	}
	kind, state := binary.NativeEndian.Uint16(reply[4:]), reply[headerSize+1]
	if kind != sockDiagByFamily || state == stateListen {
		return nil
	}
	return reply[:size]
}

const (
	netlinkSockDiag  = 4
	sockDiagByFamily = 20
	stateListen      = 10
	headerSize       = 16  // struct nlmsghdr
	queueOffset      = 56  // of idiag_rqueue and idiag_wqueue in struct inet_diag_msg
	requestSize      = 56  // struct inet_diag_req_v2
	messageSize      = 72  // struct inet_diag_msg
	attrHeader       = 4   // struct rtattr
	diagInfo         = 2   // INET_DIAG_INFO, a struct tcp_info
	ackedOffset      = 120 // of tcpi_bytes_acked in it
	receivedOffset   = 128 // of tcpi_bytes_received in it
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
	r[2] = 1 << (diagInfo - 1)                       // idiag_ext: what to add
	binary.NativeEndian.PutUint32(r[4:], ^uint32(0)) // in whatever state
	binary.BigEndian.PutUint16(r[8:], uint16(src.Port))
	binary.BigEndian.PutUint16(r[10:], uint16(dst.Port))
	copy(r[12:], src.IP.To4())
	copy(r[28:], dst.IP.To4())
	binary.NativeEndian.PutUint64(r[48:], ^uint64(0)) // any cookie
	return b
}
