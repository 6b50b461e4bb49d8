// One goroutine accepts and passes the conns over an unbuffered channel; Kind checks the errno first.

package listen

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
)

func Listen(addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: "tcp", Err: err}
	}
	if len(host) == 0 {
		addr = "127.0.0.1:" + port
	}
	var config net.ListenConfig
	return config.Listen(context.Background(), "tcp", addr)
}

func ServeN(ln net.Listener, n int, h func(net.Conn) error) (int, error) {
	conns, failed := make(chan net.Conn), make(chan error, 1)
	go acceptN(ln, n, conns, failed)
	served := 0
	for c := range conns {
		h(c)
		c.Close()
		served++
	}
	return served, <-failed
}

// acceptN sends n conns and closes the channel, then sends nil or the error
// that ended it early.
func acceptN(ln net.Listener, n int, conns chan<- net.Conn, failed chan<- error) {
	defer close(conns)
	for n > 0 {
		switch c, err := ln.Accept(); {
		case err == nil:
			conns <- c
			n--
		case !isAborted(err):
			failed <- err
			return
		}
	}
	failed <- nil
}

func Kind(err error) string {
	var number syscall.Errno
	var slow net.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &number):
		return kindOfNumber(number)
	case errors.As(err, &slow) && slow.Timeout(): // true for both sentinels
		return "timeout"
	case errors.Is(err, net.ErrClosed):
		return "closed"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "truncated"
	case errors.Is(err, io.EOF):
		return "eof"
	}
	return "other"
}

func kindOfNumber(number syscall.Errno) string {
	switch number {
	case syscall.EADDRINUSE, 10048:
		return "in-use"
	case syscall.EACCES, 10013:
		return "denied"
	case syscall.EADDRNOTAVAIL, 10049:
		return "not-local"
	case syscall.ECONNREFUSED, 10061:
		return "refused"
	case syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED, 10053, 10054:
		return "reset"
	case syscall.ETIMEDOUT, 10060:
		return "timeout"
	}
	return "other"
}

func isAborted(err error) bool {
	const wsaECONNABORTED = syscall.Errno(10053)
	return errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, wsaECONNABORTED)
}
