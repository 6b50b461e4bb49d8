package memnet_test

import (
	"errors"
	"net"
	"os"
	"time"
)

var streamBehaviours = []behaviour{
	{"a read gives what is there and no more than asked for", func(s *script) {
		s.send(s.client, s.server, "one")
		s.network.awaitUnread(s.t, s.server, 3)
		s.write(s.client, "two")
		s.network.awaitUnread(s.t, s.server, 6)
		s.read(s.server, 2)
		s.read(s.server, 100)
	}, []string{
		`client writes 3 ok`,
		`server reads "on" ok`,
		`server reads "etwo" ok`,
	}},
	{"half-close ends one direction only", func(s *script) {
		s.write(s.client, "ping")
		s.do("CloseWrite", s.client.CloseWrite())
		s.do("CloseWrite again", s.client.CloseWrite())
		s.read(s.server, 100)
		s.read(s.server, 100)
		s.read(s.server, 100)
		s.write(s.client, "more")
		s.write(s.server, "pong")
		s.read(s.client, 100)
		s.server.Close()
		s.read(s.client, 100)
		s.do("CloseWrite at the end", s.client.CloseWrite())
		s.do("Close", s.client.Close())
	}, []string{
		`client writes 4 ok`,
		`CloseWrite: ok`,
		`CloseWrite again: ok`,
		`server reads "ping" ok`,
		`server reads "" io.EOF`,
		`server reads "" io.EOF`,
		`client writes 0 EPIPE`,
		`server writes 4 ok`,
		`client reads "pong" ok`,
		`client reads "" io.EOF`,
		`CloseWrite at the end: ENOTCONN`,
		`Close: ok`,
	}},
	{"CloseRead ends the own reads and is not seen by the peer", func(s *script) {
		s.send(s.client, s.server, "before")
		s.do("CloseRead", s.server.CloseRead())
		s.do("CloseRead again", s.server.CloseRead())
		s.read(s.server, 100)
		s.read(s.server, 100)
		s.write(s.client, "after")
		s.network.awaitUnread(s.t, s.server, 5)
		s.read(s.server, 100)
		s.read(s.server, 100)
		s.write(s.server, "reply")
		s.read(s.client, 100)
	}, []string{
		`CloseRead: ok`,
		`CloseRead again: ok`,
		`server reads "before" ok`,
		`server reads "" io.EOF`,
		`client writes 5 ok`,
		`server reads "after" ok`,
		`server reads "" io.EOF`,
		`server writes 5 ok`,
		`client reads "reply" ok`,
	}},
	{"an end that is closed refuses everything", func(s *script) {
		s.do("Close", s.client.Close())
		s.do("Close again", s.client.Close())
		s.read(s.client, 100)
		s.read(s.client, 0)
		s.write(s.client, "x")
		s.write(s.client, "")
		s.do("CloseRead", s.client.CloseRead())
		s.do("CloseWrite", s.client.CloseWrite())
		s.do("SetDeadline", s.client.SetDeadline(time.Now()))
		s.do("SetReadDeadline", s.client.SetReadDeadline(time.Now()))
		s.do("SetWriteDeadline", s.client.SetWriteDeadline(time.Now()))
		s.do("SetLinger", s.client.SetLinger(0))
		s.do("SetNoDelay", s.client.SetNoDelay(true))
		s.do("SetKeepAlive", s.client.SetKeepAlive(true))
		s.do("SetKeepAlivePeriod", s.client.SetKeepAlivePeriod(time.Minute))
		s.do("SetKeepAliveConfig", s.client.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true}))
		s.do("SetReadBuffer", s.client.SetReadBuffer(1<<16))
		s.do("SetWriteBuffer", s.client.SetWriteBuffer(1<<16))
	}, []string{
		`Close: ok`,
		`Close again: net.ErrClosed`,
		`client reads "" net.ErrClosed`,
		`client reads "" net.ErrClosed`,
		`client writes 0 net.ErrClosed`,
		`client writes 0 net.ErrClosed`,
		`CloseRead: net.ErrClosed`,
		`CloseWrite: net.ErrClosed`,
		`SetDeadline: net.ErrClosed`,
		`SetReadDeadline: net.ErrClosed`,
		`SetWriteDeadline: net.ErrClosed`,
		`SetLinger: net.ErrClosed`,
		`SetNoDelay: net.ErrClosed`,
		`SetKeepAlive: net.ErrClosed`,
		`SetKeepAlivePeriod: net.ErrClosed`,
		`SetKeepAliveConfig: net.ErrClosed`,
		`SetReadBuffer: net.ErrClosed`,
		`SetWriteBuffer: net.ErrClosed`,
	}},
	{"an open end takes every option", func(s *script) {
		s.do("SetLinger", s.client.SetLinger(-1))
		s.do("SetNoDelay", s.client.SetNoDelay(false))
		s.do("SetKeepAlive", s.client.SetKeepAlive(true))
		s.do("SetKeepAlivePeriod", s.client.SetKeepAlivePeriod(time.Minute))
		s.do("SetKeepAliveConfig", s.client.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true}))
		s.do("SetReadBuffer", s.client.SetReadBuffer(1<<16))
		s.do("SetWriteBuffer", s.client.SetWriteBuffer(1<<16))
	}, []string{
		`SetLinger: ok`,
		`SetNoDelay: ok`,
		`SetKeepAlive: ok`,
		`SetKeepAlivePeriod: ok`,
		`SetKeepAliveConfig: ok`,
		`SetReadBuffer: ok`,
		`SetWriteBuffer: ok`,
	}},
	{"nothing can be read or written in no bytes", func(s *script) {
		s.read(s.server, 0)
		s.write(s.server, "")
		s.send(s.client, s.server, "x")
		s.read(s.server, 0)
		s.read(s.server, 1)
		s.server.SetDeadline(past)
		s.read(s.server, 0)
		s.write(s.server, "")
		s.server.SetDeadline(time.Time{})
		s.server.CloseWrite()
		s.write(s.server, "")
		s.client.Close()
		s.network.awaitEnd(s.t, s.server)
		s.read(s.server, 0)
		s.read(s.server, 1)
	}, []string{
		`server reads "" ok`,
		`server writes 0 ok`,
		`server reads "" ok`,
		`server reads "x" ok`,
		`server reads "" ok`,
		`server writes 0 os.ErrDeadlineExceeded`,
		`server writes 0 EPIPE`,
		`server reads "" ok`,
		`server reads "" io.EOF`,
	}},
	{"writing nothing to a closed peer brings no RST", func(s *script) {
		s.server.Close()
		s.network.awaitFIN(s.t, s.client)
		s.write(s.client, "")
		s.write(s.client, "")
		s.write(s.client, "x")
		s.network.awaitEnd(s.t, s.client)
		s.write(s.client, "")
	}, []string{
		`client writes 0 ok`,
		`client writes 0 ok`,
		`client writes 1 ok`,
		`client writes 0 EPIPE`,
	}},
	{"both ends see the same errors in the same fields", func(s *script) {
		s.opError(s.client.SetDeadline(past))
		_, err := s.client.Read(make([]byte, 1))
		s.opError(err)
		_, err = s.client.Write(make([]byte, 1))
		s.opError(err)
		s.client.SetDeadline(time.Time{})
		s.client.CloseWrite()
		_, err = s.client.Write(make([]byte, 1))
		s.opError(err)
		s.reset(s.server)
		s.network.awaitEnd(s.t, s.client)
		_, err = s.client.Read(make([]byte, 1))
		s.opError(err)
		s.opError(s.client.CloseWrite())
		s.client.Close()
		s.opError(s.client.Close())
		s.opError(s.client.CloseRead())
		s.opError(s.client.SetDeadline(time.Time{}))
		s.opError(s.client.SetLinger(0))
		s.opError(s.client.SetKeepAlivePeriod(time.Minute))
		s.opError(s.client.SetReadBuffer(1 << 16))
		s.opError(s.client.SetWriteBuffer(1 << 16))
		s.listener.Close()
		_, err = s.listener.Accept()
		s.opError(err)
		s.opError(s.listener.Close())
		s.opError(s.listener.SetDeadline(time.Time{}))
		_, err = s.network.dial(s.listener)
		s.opError(err)
	}, []string{
		`bare ok`,
		`read tcp client->server: os.ErrDeadlineExceeded`,
		`write tcp client->server: os.ErrDeadlineExceeded`,
		`write tcp client->server: write EPIPE`,
		`read tcp client->server: read ECONNRESET`,
		`close tcp client->server: shutdown ENOTCONN`,
		`close tcp client->server: net.ErrClosed`,
		`close tcp client->server: net.ErrClosed`,
		`set tcp ->client: net.ErrClosed`,
		`set tcp client->server: net.ErrClosed`,
		`set tcp client->server: net.ErrClosed`,
		`set tcp ->client: net.ErrClosed`,
		`set tcp ->client: net.ErrClosed`,
		`accept tcp ->server: net.ErrClosed`,
		`close tcp ->server: net.ErrClosed`,
		`bare net.ErrClosed`,
		`dial tcp ->server: connect ECONNREFUSED`,
	}},
}

// opError notes each field of a net.OpError.
func (s *script) opError(err error) {
	e, ok := errors.AsType[*net.OpError](err)
	if !ok {
		s.note("bare %s", class(err))
		return
	}
	call := ""
	if e, ok := errors.AsType[*os.SyscallError](e.Err); ok {
		call = e.Syscall + " "
	}
	s.note("%s %s %s->%s: %s%s", e.Op, e.Net, s.name(e.Source), s.name(e.Addr), call, class(err))
}

func (s *script) name(addr net.Addr) string {
	switch {
	case addr == nil:
		return ""
	case addr.String() == s.client.LocalAddr().String():
		return "client"
	case addr.String() == s.client.RemoteAddr().String():
		return "server"
	}
	return addr.String()
}
