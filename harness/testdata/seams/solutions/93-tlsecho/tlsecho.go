// Package tlsecho is an echo server that speaks TLS.
package tlsecho

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"
)

// Serve accepts one client of ln after the other and echoes over TLS what it
// sends, until its close_notify. certPEM and keyPEM are the server's certificate
// and key. A client has 10 seconds for its handshake. Serve returns nil once ln
// is closed.
func Serve(ln net.Listener, certPEM, keyPEM []byte) error {
	certificate, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return err
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	for {
		c, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		serveClient(tls.Server(c, config))
	}
}

func serveClient(c *tls.Conn) {
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	if err := c.Handshake(); err != nil {
		return
	}
	c.SetDeadline(time.Time{})
	io.Copy(c, c)
}
