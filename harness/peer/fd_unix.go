//go:build unix

package peer

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// ServeFD starts a serving function that works on descriptors, for exercises
// below package net: listenFD is a listening TCP socket on 127.0.0.1, in
// blocking mode and close-on-exec; stopFD becomes readable when it is time to
// leave, which [Server.Close] and the end of the script bring about. Both stay
// the bench's: it closes them when serve has returned. It needs [Loopback].
func (b *Bench) ServeFD(serve func(listenFD, stopFD int) error) *Server {
	b.t.Helper()
	if b.at() {
		return b.serveAt(serve, false)
	}
	b.onlySockets("ServeFD")
	fd, addr, err := listenFD()
	if err != nil {
		b.t.Fatalf("harness: listen: %v", err)
	}
	stop, wake, err := os.Pipe()
	if err != nil {
		syscall.Close(fd)
		b.t.Fatalf("harness: make a pipe: %v", err)
	}
	stopFD, err := syscall.Dup(int(stop.Fd()))
	stop.Close()
	if err != nil {
		syscall.Close(fd)
		wake.Close()
		b.t.Fatalf("harness: duplicate a descriptor: %v", err)
	}
	syscall.CloseOnExec(stopFD)
	h := &rawHandle{addr: addr, wake: wake}
	b.mu.Lock()
	b.listeners = append(b.listeners, h)
	b.mu.Unlock()
	s := &Server{bench: b, dial: dialer(addr), addr: addr, close: h.Close, raw: true}
	s.call = b.start(nameOf(serve), func() error {
		defer syscall.Close(fd)
		defer syscall.Close(stopFD)
		return serve(fd, stopFD)
	})
	return s
}

// listenFD opens a listening socket on 127.0.0.1 with a port of the kernel's
// choice.
func listenFD() (int, *net.TCPAddr, error) {
	syscall.ForkLock.RLock() // no fork between socket and close-on-exec
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return -1, nil, os.NewSyscallError("socket", err)
	}
	if err := bindAndListen(fd); err != nil {
		syscall.Close(fd)
		return -1, nil, err
	}
	sa, err := syscall.Getsockname(fd)
	if err != nil {
		syscall.Close(fd)
		return -1, nil, os.NewSyscallError("getsockname", err)
	}
	in4, ok := sa.(*syscall.SockaddrInet4)
	if !ok {
		syscall.Close(fd)
		return -1, nil, fmt.Errorf("getsockname: unexpected %T", sa)
	}
	return fd, &net.TCPAddr{IP: in4.Addr[:], Port: in4.Port}, nil
}

func bindAndListen(fd int) error {
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return os.NewSyscallError("bind", err)
	}
	return os.NewSyscallError("listen", syscall.Listen(fd, 1024))
}

// A rawHandle stands for the listener of ServeFD among those the bench closes.
// It ends the server through its stop descriptor.
type rawHandle struct {
	addr net.Addr
	wake *os.File
}

// Close makes the stop descriptor readable. Further calls do nothing.
func (h *rawHandle) Close() error {
	_, err := h.wake.WriteString("x")
	return errors.Join(err, h.wake.Close())
}

func (h *rawHandle) Addr() net.Addr            { return h.addr }
func (h *rawHandle) Accept() (net.Conn, error) { return nil, net.ErrClosed }
