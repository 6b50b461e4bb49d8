// Kind walks the error tree itself; ServeN calls itself for the remaining clients.

package listen

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

func Listen(addr string) (net.Listener, error) {
	switch host, _, err := net.SplitHostPort(addr); {
	case err != nil:
		return nil, err
	case host == "":
		return net.Listen("tcp4", "127.0.0.1"+addr[strings.LastIndex(addr, ":"):])
	default:
		return net.Listen("tcp", addr)
	}
}

func ServeN(ln net.Listener, n int, h func(net.Conn) error) (int, error) {
	if n <= 0 {
		return 0, nil
	}
	c, err := ln.Accept()
	if isAborted(err) {
		return ServeN(ln, n, h)
	}
	if err != nil {
		return 0, err
	}
	done := make(chan error)
	go func() {
		defer c.Close()
		defer close(done)
		done <- h(c)
	}()
	<-done // the error of h
	<-done // closed after h returned
	c.Close()
	rest, err := ServeN(ln, n-1, h)
	return 1 + rest, err
}

func Kind(err error) string {
	switch err {
	case nil:
		return ""
	case io.EOF:
		return "eof"
	case io.ErrUnexpectedEOF:
		return "truncated"
	case net.ErrClosed:
		return "closed"
	case context.Canceled:
		return "canceled"
	case context.DeadlineExceeded, os.ErrDeadlineExceeded:
		return "timeout"
	}
	if kind := kindInside(err); kind != "other" {
		return kind
	}
	switch e := err.(type) {
	case syscall.Errno:
		return kindOfNumber(e)
	case net.Error:
		if e.Timeout() {
			return "timeout"
		}
	}
	if errors.Is(err, context.Canceled) { // package net has its own error type for this
		return "canceled"
	}
	return "other"
}

// kindInside returns the kind of the errors that err wraps, or "other".
func kindInside(err error) string {
	var inside []error
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		inside = []error{e.Unwrap()}
	case interface{ Unwrap() []error }:
		inside = e.Unwrap()
	}
	for _, cause := range inside {
		if cause == nil {
			continue
		}
		if kind := Kind(cause); kind != "other" {
			return kind
		}
	}
	return "other"
}

func kindOfNumber(number syscall.Errno) string {
	for kind, numbers := range map[string][]syscall.Errno{
		"in-use":    {syscall.EADDRINUSE, 10048},
		"denied":    {syscall.EACCES, 10013},
		"not-local": {syscall.EADDRNOTAVAIL, 10049},
		"refused":   {syscall.ECONNREFUSED, 10061},
		"reset":     {syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED, 10053, 10054},
		"timeout":   {syscall.ETIMEDOUT, 10060},
	} {
		for _, known := range numbers {
			if known == number {
				return kind
			}
		}
	}
	return "other"
}

func isAborted(err error) bool {
	const wsaECONNABORTED = syscall.Errno(10053)
	return errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, wsaECONNABORTED)
}
