// Kind calls every errno of a dial refused.
//
// Seen: a default branch for all numbers that are not listed.
// Caught by: R6 (wrong value)
// Shows: "refused" for
// Say: an unreachable host has refused nothing; an errno that is not listed
// is "other".

package listen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"syscall"
)

func Listen(addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return net.Listen("tcp", net.JoinHostPort(host, port))
}

func ServeN(ln net.Listener, n int, h func(net.Conn) error) (int, error) {
	served := 0
	for served < n {
		c, err := ln.Accept()
		if is(err, syscall.ECONNABORTED, wsaECONNABORTED) {
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
	case is(err, syscall.EADDRINUSE, wsaEADDRINUSE):
		return "in-use"
	case is(err, syscall.EACCES, wsaEACCES):
		return "denied"
	case is(err, syscall.EADDRNOTAVAIL, wsaEADDRNOTAVAIL):
		return "not-local"
	case is(err, syscall.ECONNREFUSED, wsaECONNREFUSED):
		return "refused"
	case is(err, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED, wsaECONNRESET, wsaECONNABORTED):
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
	default:
		if _, ok := errors.AsType[syscall.Errno](err); ok {
			return "refused"
		}
		return "other"
	}
}

func isTimeout(err error) bool {
	if is(err, os.ErrDeadlineExceeded, context.DeadlineExceeded, syscall.ETIMEDOUT, wsaETIMEDOUT) {
		return true
	}
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

func is(err error, causes ...error) bool {
	return slices.ContainsFunc(causes, func(cause error) bool { return errors.Is(err, cause) })
}

const (
	wsaEACCES        = syscall.Errno(10013)
	wsaEADDRINUSE    = syscall.Errno(10048)
	wsaEADDRNOTAVAIL = syscall.Errno(10049)
	wsaECONNABORTED  = syscall.Errno(10053)
	wsaECONNRESET    = syscall.Errno(10054)
	wsaETIMEDOUT     = syscall.Errno(10060)
	wsaECONNREFUSED  = syscall.Errno(10061)
)
