// ServeN sets a deadline on each conn before it calls the handler.
//
// Seen: one timeout for everybody, at the one place that sees every conn.
// Caught by: R16 (extra bytes)
// Shows: ServeN returned nil
// Say: a deadline that the handler did not set cut off the first client;
// leave deadlines to the handler.

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
	"time"
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
		c.SetDeadline(time.Now().Add(time.Minute))
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
