//go:build unix

package network

import (
	"net"
	"syscall"
)

// limitListener gives the conns that another process accepts from the
// listener the buffers of LimitBuffers: they inherit them (tcp(7)).
func limitListener(ln net.Listener) {
	s, ok := ln.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return
	}
	raw.Control(func(fd uintptr) {
		syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, socketBuffer)
		syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_SNDBUF, socketBuffer)
	})
}
