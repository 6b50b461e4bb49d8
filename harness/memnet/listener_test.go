package memnet_test

import (
	"errors"
	"testing"
	"time"

	"socketkata/harness/memnet"
)

var listenerBehaviours = []behaviour{
	{"closing a listener resets the backlog and spares accepted conns", func(s *script) {
		waiting := s.dial("dial")
		s.send(s.server, s.client, "still here")
		s.do("Close", s.listener.Close())
		s.network.awaitEnd(s.t, waiting)
		_, err := waiting.Read(make([]byte, 1))
		s.do("waiting conn reads", err)
		s.read(s.client, 100)
		s.dial("dial again")
		_, err = s.listener.Accept()
		s.do("Accept", err)
		s.do("Close again", s.listener.Close())
		s.do("SetDeadline", s.listener.SetDeadline(past))
	}, []string{
		`dial: ok`,
		`Close: ok`,
		`waiting conn reads: ECONNRESET`,
		`client reads "still here" ok`,
		`dial again: ECONNREFUSED`,
		`Accept: net.ErrClosed`,
		`Close again: net.ErrClosed`,
		`SetDeadline: net.ErrClosed`,
	}},
	{"a deadline in the past fails Accept although a conn waits", func(s *script) {
		s.dial("dial")
		s.listener.SetDeadline(past)
		s.accept()
		s.listener.SetDeadline(time.Time{})
		s.accept()
	}, []string{
		`dial: ok`,
		`Accept: os.ErrDeadlineExceeded`,
		`Accept: ok`,
	}},
	{"an Accept that waits fails at its deadline", func(s *script) {
		s.listener.SetDeadline(time.Now().Add(soon))
		s.accept()
		s.accept()
	}, []string{
		`Accept: os.ErrDeadlineExceeded`,
		`Accept: os.ErrDeadlineExceeded`,
	}},
	{"Close wakes a blocked Accept", func(s *script) {
		accept := inBackground(func() { s.accept() })
		s.network.awaitBlocked()
		s.listener.Close()
		<-accept
	}, []string{
		`Accept: net.ErrClosed`,
	}},
	{"a deadline set to the past wakes a blocked Accept", func(s *script) {
		accept := inBackground(func() { s.accept() })
		s.network.awaitBlocked()
		s.listener.SetDeadline(past)
		<-accept
	}, []string{
		`Accept: os.ErrDeadlineExceeded`,
	}},
	{"what a client sends before Accept waits for it", func(s *script) {
		client := s.dial("dial")
		client.Write([]byte("early"))
		client.Close()
		server := s.accept()
		s.network.awaitUnread(s.t, server, 5)
		s.network.awaitFIN(s.t, server)
		s.read(server, 100)
		s.read(server, 100)
	}, []string{
		`dial: ok`,
		`Accept: ok`,
		`server reads "early" ok`,
		`server reads "" io.EOF`,
	}},
	{"a conn reset before Accept is accepted all the same", func(s *script) {
		s.reset(s.dial("dial"))
		server := s.accept()
		s.network.awaitEnd(s.t, server)
		s.read(server, 100)
	}, []string{
		`dial: ok`,
		`Accept: ok`,
		`server reads "" ECONNRESET`,
	}},
}

func (s *script) dial(call string) conn {
	c, err := s.network.dial(s.listener)
	s.do(call, err)
	if err == nil {
		s.t.Cleanup(func() { c.Close() })
	}
	return c
}

func (s *script) accept() conn {
	c, err := s.listener.Accept()
	s.do("Accept", err)
	if err != nil {
		return nil
	}
	s.t.Cleanup(func() { c.Close() })
	return c.(conn)
}

func TestFullBacklogFailsDialAtOnce(t *testing.T) {
	l := memnet.Listen()
	defer l.Close()
	for range memnet.Backlog {
		if _, err := l.Dial(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.Dial(); !errors.Is(err, memnet.ErrTimedOut) {
		t.Errorf("dial into a full backlog: got %v, want ETIMEDOUT", err)
	}
}

func TestAddressesAreNotShared(t *testing.T) {
	seen := make(map[string]bool)
	for range 10 {
		l := memnet.Listen()
		client, err := l.Dial()
		if err != nil {
			t.Fatal(err)
		}
		for _, addr := range []string{l.Addr().String(), client.LocalAddr().String()} {
			if seen[addr] {
				t.Errorf("address %s is given twice", addr)
			}
			seen[addr] = true
		}
		if got, want := client.RemoteAddr().String(), l.Addr().String(); got != want {
			t.Errorf("the client's remote address is %s, want that of the listener %s", got, want)
		}
		l.Close()
	}
}
