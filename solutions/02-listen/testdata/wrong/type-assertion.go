// Kind uses type assertions on the error itself, net.Error first.
//
// Seen: code from before Go 1.13, which works until the error is wrapped.
// Caught by: R17 (wrong value), R18, R20
// Say: Kind misses a wrapped error, even one wrapped with %w; errors.Is and
// errors.As unwrap it.

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
	for served < n {
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
	switch err {
	case nil:
		return ""
	case io.EOF:
		return "eof"
	case io.ErrUnexpectedEOF:
		return "truncated"
	}
	e, ok := err.(net.Error)
	if !ok {
		return "other"
	}
	if e.Timeout() || err == os.ErrDeadlineExceeded {
		return "timeout"
	}
	if op, ok := err.(*net.OpError); ok {
		return kindOfCause(op.Err)
	}
	return "other"
}

func kindOfCause(err error) string {
	if call, ok := err.(*os.SyscallError); ok {
		err = call.Err
	}
	switch err {
	case net.ErrClosed:
		return "closed"
	case syscall.EADDRINUSE, syscall.Errno(10048):
		return "in-use"
	case syscall.EACCES, syscall.Errno(10013):
		return "denied"
	case syscall.EADDRNOTAVAIL, syscall.Errno(10049):
		return "not-local"
	case syscall.ECONNREFUSED, syscall.Errno(10061):
		return "refused"
	case syscall.ETIMEDOUT, syscall.Errno(10060):
		return "timeout"
	case syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED, syscall.Errno(10053), syscall.Errno(10054):
		return "reset"
	}
	if errors.Is(err, context.Canceled) { // package net has a type of its own for this
		return "canceled"
	}
	return "other"
}

func isAborted(err error) bool {
	const wsaECONNABORTED = syscall.Errno(10053)
	return errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, wsaECONNABORTED)
}
