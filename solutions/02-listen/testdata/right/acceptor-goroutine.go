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
	if err == nil {
		return ""
	}
	if kind := kindOfNumber(err); kind != "" {
		return kind
	}
	var slow net.Error
	switch {
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

var kinds = map[syscall.Errno]string{
	syscall.EADDRINUSE: "in-use", 10048: "in-use",
	syscall.EACCES: "denied", 10013: "denied",
	syscall.EADDRNOTAVAIL: "not-local", 10049: "not-local",
	syscall.ECONNREFUSED: "refused", 10061: "refused",
	syscall.ECONNRESET: "reset", syscall.EPIPE: "reset", syscall.ECONNABORTED: "reset", 10053: "reset", 10054: "reset",
	syscall.ETIMEDOUT: "timeout", 10060: "timeout",
}

// kindOfNumber returns the kind of any error number in err, or "".
func kindOfNumber(err error) string {
	for number, kind := range kinds {
		if errors.Is(err, number) {
			return kind
		}
	}
	return ""
}

func isAborted(err error) bool {
	const wsaECONNABORTED = syscall.Errno(10053)
	return errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, wsaECONNABORTED)
}
