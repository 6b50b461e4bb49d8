// ServeN accepts n+1 clients.
//
// Seen: the classic off-by-one of a counting loop.
// Caught by: R3 (never returned), R12, R13, R15, R16
// Say: all n clients are served and ServeN waits for one more.

package listen

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

func Listen(addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return net.Listen("tcp", net.JoinHostPort(host, port))
}

func ServeN(ln net.Listener, n int, h func(net.Conn) error) (int, error) {
	served := 0
	for served <= n {
		c, err := ln.Accept()
		if isAborted(err) {
			continue
		}
		if err != nil {
			return served, err
		}
		h(c)
		c.Close()
		served++
	}
	return served, nil
}

func Kind(err error) string {
	switch {
	case err == nil:
		return ""
	case is(err, syscall.EADDRINUSE, syscall.Errno(10048)):
		return "in-use"
	case is(err, syscall.EACCES, syscall.Errno(10013)):
		return "denied"
	case is(err, syscall.EADDRNOTAVAIL, syscall.Errno(10049)):
		return "not-local"
	case is(err, syscall.ECONNREFUSED, syscall.Errno(10061)):
		return "refused"
	case isAborted(err), is(err, syscall.ECONNRESET, syscall.EPIPE, syscall.Errno(10054)):
		return "reset"
	case is(err, net.ErrClosed):
		return "closed"
	case isTimeout(err):
		return "timeout"
	case is(err, context.Canceled):
		return "canceled"
	case is(err, io.EOF):
		return "eof"
	case is(err, io.ErrUnexpectedEOF):
		return "truncated"
	}
	return "other"
}

func isTimeout(err error) bool {
	if is(err, os.ErrDeadlineExceeded, context.DeadlineExceeded, syscall.ETIMEDOUT, syscall.Errno(10060)) {
		return true
	}
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

func isAborted(err error) bool {
	const wsaECONNABORTED = syscall.Errno(10053)
	return errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, wsaECONNABORTED)
}

func is(err error, causes ...error) bool {
	for _, cause := range causes {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}
