// Kind looks for words in the text of the error.
//
// Seen: strings.Contains(err.Error(), "use of closed network connection") is
// common in old Go servers; another system or another wrapper changes the
// text.
// Caught by: R20 (wrong value)
// Say: the text differs between systems and may hide the cause; use
// errors.Is.

package listen

import (
	"errors"
	"net"
	"strings"
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
	if err == nil {
		return ""
	}
	text := err.Error()
	for _, known := range []struct{ text, kind string }{
		{"address already in use", "in-use"},
		{"permission denied", "denied"},
		{"cannot assign requested address", "not-local"},
		{"refused", "refused"},
		{"connection reset", "reset"},
		{"broken pipe", "reset"},
		{"connection abort", "reset"},
		{"use of closed network connection", "closed"},
		{"timeout", "timeout"},
		{"timed out", "timeout"},
		{"deadline exceeded", "timeout"},
		{"no answer", "timeout"},
		{"canceled", "canceled"},
		{"unexpected EOF", "truncated"},
		{"EOF", "eof"},
	} {
		if strings.Contains(text, known.text) {
			return known.kind
		}
	}
	return "other"
}

func isAborted(err error) bool {
	const wsaECONNABORTED = syscall.Errno(10053)
	return errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, wsaECONNABORTED)
}
