// One goroutine accepts a conn for each turn it is given; Kind checks the errno first.

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
		return nil, &net.OpError{Op: "listen", Net: "tcp", Err: err}
	}
	if len(host) == 0 {
		addr = "127.0.0.1:" + port
	}
	var config net.ListenConfig
	return config.Listen(context.Background(), "tcp", addr)
}

func ServeN(ln net.Listener, n int, h func(net.Conn) error) (int, error) {
	turns, conns, failed := make(chan struct{}), make(chan net.Conn), make(chan error, 1)
	go acceptInTurn(ln, turns, conns, failed)
	defer close(turns)
	for served := range n {
		turns <- struct{}{}
		select {
		case c := <-conns:
			h(c)
			c.Close()
		case err := <-failed:
			return served, err
		}
	}
	return max(n, 0), nil
}

// acceptInTurn sends one conn for each turn until it fails.
func acceptInTurn(ln net.Listener, turns <-chan struct{}, conns chan<- net.Conn, failed chan<- error) {
	for range turns {
		c, err := ln.Accept()
		for isAborted(err) {
			c, err = ln.Accept()
		}
		if err != nil {
			failed <- err
			return
		}
		conns <- c
	}
}

func Kind(err error) string {
	var number syscall.Errno
	var slow net.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &number):
		return kindOfNumber(number)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "timeout" // even inside an *net.OpError that is none
	case errors.As(err, &slow) && slow.Timeout():
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
	if number.Timeout() { // an errno is a net.Error
		return "timeout"
	}
	return "other"
}

func isAborted(err error) bool {
	const wsaECONNABORTED = syscall.Errno(10053)
	return errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, wsaECONNABORTED)
}
