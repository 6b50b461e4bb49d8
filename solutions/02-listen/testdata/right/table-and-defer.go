// A table for Kind; Listen resolves the address first; a deferred Close in a function per client.

package listen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

func Listen(addr string) (net.Listener, error) {
	if !strings.Contains(addr, ":") {
		return nil, &net.AddrError{Err: "missing port in address", Addr: addr}
	}
	a, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen %q: %w", addr, err)
	}
	if a.IP == nil {
		a.IP = net.IPv4(127, 0, 0, 1)
	}
	ln, err := net.ListenTCP("tcp", a)
	if err != nil {
		return nil, fmt.Errorf("listen %q: %w", addr, err)
	}
	return ln, nil
}

func ServeN(ln net.Listener, n int, h func(net.Conn) error) (served int, err error) {
	for served = 0; served < n; served++ {
		c, err := acceptAlive(ln)
		if err != nil {
			return served, fmt.Errorf("accept client %d of %d: %w", served+1, n, err)
		}
		serveOne(c, h)
	}
	return served, nil
}

// acceptAlive skips clients that gave up in the backlog.
func acceptAlive(ln net.Listener) (net.Conn, error) {
	c, err := ln.Accept()
	for errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, syscall.Errno(10053)) {
		c, err = ln.Accept()
	}
	return c, err
}

func serveOne(c net.Conn, h func(net.Conn) error) {
	defer c.Close()
	_ = h(c)
}

func Kind(err error) string {
	if err == nil {
		return ""
	}
	for _, k := range kinds() {
		for _, cause := range k.causes {
			if errors.Is(err, cause) {
				return k.name
			}
		}
	}
	var slow interface{ Timeout() bool }
	if errors.As(err, &slow) && slow.Timeout() {
		return "timeout"
	}
	return "other"
}

type kind struct {
	name   string
	causes []error
}

func kinds() []kind {
	return []kind{
		{"eof", []error{io.EOF}},
		{"truncated", []error{io.ErrUnexpectedEOF}},
		{"closed", []error{net.ErrClosed}},
		{"canceled", []error{context.Canceled}},
		{"timeout", []error{context.DeadlineExceeded, os.ErrDeadlineExceeded, syscall.ETIMEDOUT, syscall.Errno(10060)}},
		{"refused", []error{syscall.ECONNREFUSED, syscall.Errno(10061)}},
		{"reset", []error{syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE, syscall.Errno(10053), syscall.Errno(10054)}},
		{"in-use", []error{syscall.EADDRINUSE, syscall.Errno(10048)}},
		{"denied", []error{syscall.EACCES, syscall.Errno(10013)}},
		{"not-local", []error{syscall.EADDRNOTAVAIL, syscall.Errno(10049)}},
	}
}
