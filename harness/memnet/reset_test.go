package memnet_test

import (
	"io"
	"time"
)

var resetBehaviours = []behaviour{
	{"bytes that arrived before an RST are read before the error", func(s *script) {
		s.send(s.server, s.client, "last words")
		s.reset(s.server)
		s.network.awaitEnd(s.t, s.client)
		s.read(s.client, 4)
		s.read(s.client, 100)
		s.read(s.client, 100)
		s.read(s.client, 100)
		s.write(s.client, "x")
		s.do("CloseWrite", s.client.CloseWrite())
		s.do("CloseRead", s.client.CloseRead())
		s.do("Close", s.client.Close())
	}, []string{
		`client reads "last" ok`,
		`client reads " words" ok`,
		`client reads "" ECONNRESET`,
		`client reads "" io.EOF`,
		`client writes 0 EPIPE`,
		`CloseWrite: ENOTCONN`,
		`CloseRead: ENOTCONN`,
		`Close: ok`,
	}},
	{"the error of an RST goes to one call only, here a write", func(s *script) {
		s.reset(s.server)
		s.network.awaitEnd(s.t, s.client)
		s.write(s.client, "x")
		s.write(s.client, "x")
		s.read(s.client, 100)
	}, []string{
		`client writes 0 ECONNRESET`,
		`client writes 0 EPIPE`,
		`client reads "" io.EOF`,
	}},
	{"a write of nothing takes the error of an RST, a read of nothing does not", func(s *script) {
		s.reset(s.server)
		s.network.awaitEnd(s.t, s.client)
		s.read(s.client, 0)
		s.write(s.client, "")
		s.read(s.client, 100)
	}, []string{
		`client reads "" ok`,
		`client writes 0 ECONNRESET`,
		`client reads "" io.EOF`,
	}},
	{"a deadline hides the error of an RST and does not take it", func(s *script) {
		s.reset(s.server)
		s.network.awaitEnd(s.t, s.client)
		s.client.SetDeadline(past)
		s.read(s.client, 100)
		s.write(s.client, "x")
		s.client.SetDeadline(time.Time{})
		s.read(s.client, 100)
	}, []string{
		`client reads "" os.ErrDeadlineExceeded`,
		`client writes 0 os.ErrDeadlineExceeded`,
		`client reads "" ECONNRESET`,
	}},
	{"closing with unread bytes sends RST", func(s *script) {
		s.send(s.client, s.server, "never read")
		s.send(s.server, s.client, "reply")
		s.do("Close", s.server.Close())
		s.network.awaitEnd(s.t, s.client)
		s.read(s.client, 100)
		s.read(s.client, 100)
		s.read(s.client, 100)
		s.write(s.client, "x")
	}, []string{
		`Close: ok`,
		`client reads "reply" ok`,
		`client reads "" ECONNRESET`,
		`client reads "" io.EOF`,
		`client writes 0 EPIPE`,
	}},
	{"closing with unread bytes after CloseRead sends RST", func(s *script) {
		s.server.CloseRead()
		s.send(s.client, s.server, "never read")
		s.server.Close()
		s.network.awaitEnd(s.t, s.client)
		s.read(s.client, 100)
	}, []string{
		`client reads "" ECONNRESET`,
	}},
	{"closing with unread bytes after CloseWrite sends RST", func(s *script) {
		s.send(s.client, s.server, "never read")
		s.server.CloseWrite()
		s.network.awaitFIN(s.t, s.client)
		s.server.Close()
		s.network.awaitEnd(s.t, s.client)
		s.read(s.client, 100)
		s.write(s.client, "x")
	}, []string{
		`client reads "" io.EOF`,
		`client writes 0 EPIPE`,
	}},
	{"when both have ended there is no RST, whatever is unread", func(s *script) {
		s.send(s.client, s.server, "never read")
		s.client.CloseWrite()
		s.network.awaitFIN(s.t, s.server)
		s.server.CloseWrite()
		s.network.awaitEnd(s.t, s.server)
		s.do("Close", s.server.Close())
		s.network.awaitEnd(s.t, s.client)
		s.read(s.client, 100)
		s.write(s.client, "x")
	}, []string{
		`Close: ok`,
		`client reads "" io.EOF`,
		`client writes 0 EPIPE`,
	}},
	{"the first write to a closed peer is lost, the next fails", func(s *script) {
		s.send(s.server, s.client, "bye")
		s.server.Close()
		s.network.awaitFIN(s.t, s.client)
		s.write(s.client, "lost")
		s.network.awaitEnd(s.t, s.client)
		s.write(s.client, "x")
		s.write(s.client, "x")
		s.read(s.client, 100)
		s.read(s.client, 100)
		s.read(s.client, 100)
	}, []string{
		`client writes 4 ok`,
		`client writes 0 EPIPE`,
		`client writes 0 EPIPE`,
		`client reads "bye" ok`,
		`client reads "" io.EOF`,
		`client reads "" io.EOF`,
	}},
	{"a write that no buffer can hold fails in the middle when the peer is closed", func(s *script) {
		s.server.Close()
		s.network.awaitFIN(s.t, s.client)
		n, err := s.client.Write(make([]byte, huge))
		s.note("some %t, all %t, %s", n > 0, n == huge, class(err))
	}, []string{
		`some true, all false, EPIPE`,
	}},
	{"an RST after FIN: a read gives EOF, a write EPIPE", func(s *script) {
		s.send(s.server, s.client, "bye")
		s.server.CloseWrite()
		s.network.awaitFIN(s.t, s.client)
		s.reset(s.server)
		s.network.awaitEnd(s.t, s.client)
		s.read(s.client, 100)
		s.read(s.client, 100)
		s.write(s.client, "x")
		s.write(s.client, "x")
		s.read(s.client, 100)
	}, []string{
		`client reads "bye" ok`,
		`client reads "" io.EOF`,
		`client writes 0 EPIPE`,
		`client writes 0 EPIPE`,
		`client reads "" io.EOF`,
	}},
	{"an RST after the own FIN is ECONNRESET", func(s *script) {
		s.client.CloseWrite()
		s.network.awaitFIN(s.t, s.server)
		s.reset(s.server)
		s.network.awaitEnd(s.t, s.client)
		s.write(s.client, "x")
		s.write(s.client, "x")
		s.read(s.client, 100)
	}, []string{
		`client writes 0 ECONNRESET`,
		`client writes 0 EPIPE`,
		`client reads "" io.EOF`,
	}},
	{"an RST after CloseRead is ECONNRESET once", func(s *script) {
		s.client.CloseRead()
		s.reset(s.server)
		s.network.awaitEnd(s.t, s.client)
		s.read(s.client, 100)
		s.read(s.client, 100)
	}, []string{
		`client reads "" ECONNRESET`,
		`client reads "" io.EOF`,
	}},
	{"who shut both directions answers bytes with RST", func(s *script) {
		s.server.CloseRead()
		s.server.CloseWrite()
		s.network.awaitFIN(s.t, s.client)
		s.write(s.client, "lost")
		s.network.awaitEnd(s.t, s.client)
		s.write(s.client, "x")
		s.read(s.client, 100)
		s.read(s.server, 100)
		s.read(s.server, 100)
		s.write(s.server, "x")
	}, []string{
		`client writes 4 ok`,
		`client writes 0 EPIPE`,
		`client reads "" io.EOF`,
		`server reads "" ECONNRESET`,
		`server reads "" io.EOF`,
		`server writes 0 EPIPE`,
	}},
	{"SetLinger can be taken back", func(s *script) {
		s.do("SetLinger(0)", s.server.SetLinger(0))
		s.do("SetLinger(-1)", s.server.SetLinger(-1))
		s.server.Close()
		s.network.awaitFIN(s.t, s.client)
		s.read(s.client, 100)
	}, []string{
		`SetLinger(0): ok`,
		`SetLinger(-1): ok`,
		`client reads "" io.EOF`,
	}},
	{"bytes under way at Close arrive", func(s *script) {
		s.write(s.server, "all of it")
		s.server.Close()
		all, err := io.ReadAll(s.client)
		s.note("%q %s", all, class(err))
	}, []string{
		`server writes 9 ok`,
		`"all of it" ok`,
	}},
}
