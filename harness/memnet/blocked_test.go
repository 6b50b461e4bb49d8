package memnet_test

import (
	"bytes"
	"io"
	"time"
)

// huge is more than any buffer holds: loopback takes some 4 MB with nobody
// reading.
const huge = 16 << 20

// soon is a deadline that must pass while a call is blocked; when the call
// comes late it passes before, and the outcome is the same.
const soon = 20 * time.Millisecond

var past = time.Unix(1, 0)

var deadlineBehaviours = []behaviour{
	{"a deadline in the past fails at once, although bytes are there", func(s *script) {
		s.send(s.client, s.server, "there")
		s.do("SetDeadline", s.server.SetDeadline(past))
		s.read(s.server, 100)
		s.read(s.server, 100)
		s.write(s.server, "x")
		s.do("SetDeadline", s.server.SetDeadline(time.Time{}))
		s.read(s.server, 100)
		s.write(s.server, "x")
		s.read(s.client, 100)
	}, []string{
		`SetDeadline: ok`,
		`server reads "" os.ErrDeadlineExceeded`,
		`server reads "" os.ErrDeadlineExceeded`,
		`server writes 0 os.ErrDeadlineExceeded`,
		`SetDeadline: ok`,
		`server reads "there" ok`,
		`server writes 1 ok`,
		`client reads "x" ok`,
	}},
	{"the deadlines of read and write are two", func(s *script) {
		s.send(s.client, s.server, "there")
		s.server.SetReadDeadline(past)
		s.read(s.server, 100)
		s.write(s.server, "x")
		s.server.SetReadDeadline(time.Time{})
		s.server.SetWriteDeadline(past)
		s.read(s.server, 100)
		s.write(s.server, "x")
	}, []string{
		`server reads "" os.ErrDeadlineExceeded`,
		`server writes 1 ok`,
		`server reads "there" ok`,
		`server writes 0 os.ErrDeadlineExceeded`,
	}},
	{"a deadline wins over EOF", func(s *script) {
		s.client.Close()
		s.network.awaitFIN(s.t, s.server)
		s.server.SetDeadline(past)
		s.read(s.server, 100)
		s.server.SetDeadline(time.Time{})
		s.read(s.server, 100)
	}, []string{
		`server reads "" os.ErrDeadlineExceeded`,
		`server reads "" io.EOF`,
	}},
	{"a read that waits fails at its deadline, and a later one revives it", func(s *script) {
		s.server.SetReadDeadline(time.Now().Add(soon))
		s.read(s.server, 100)
		s.read(s.server, 100)
		s.send(s.client, s.server, "late")
		s.read(s.server, 100)
		s.server.SetReadDeadline(time.Now().Add(time.Hour))
		s.read(s.server, 100)
	}, []string{
		`server reads "" os.ErrDeadlineExceeded`,
		`server reads "" os.ErrDeadlineExceeded`,
		`server reads "" os.ErrDeadlineExceeded`,
		`server reads "late" ok`,
	}},
	{"a write that waits fails at its deadline and says how much it sent", func(s *script) {
		var sent int
		var err error
		write := inBackground(func() { sent, err = s.client.Write(make([]byte, huge)) })
		s.server.Read(make([]byte, 1)) // Write has begun
		s.network.awaitBlocked()
		s.client.SetWriteDeadline(time.Now().Add(soon))
		<-write
		s.note("some %t, all %t, %s", sent > 0, sent == huge, class(err))
		s.client.CloseWrite()
		rest, err := io.Copy(io.Discard, s.server)
		s.note("peer gets that much %t %s", 1+int(rest) == sent, class(err))
	}, []string{
		`some true, all false, os.ErrDeadlineExceeded`,
		`peer gets that much true ok`,
	}},
}

var blockedBehaviours = []behaviour{
	{"Close wakes the own blocked read and write", func(s *script) {
		s.blockBoth(func() { s.client.Close() })
	}, []string{
		`write, some true, all false: net.ErrClosed`,
		`read: net.ErrClosed`,
	}},
	{"a deadline set to the past wakes blocked calls", func(s *script) {
		s.blockBoth(func() { s.client.SetDeadline(past) })
	}, []string{
		`write, some true, all false: os.ErrDeadlineExceeded`,
		`read: os.ErrDeadlineExceeded`,
	}},
	{"CloseWrite wakes the own blocked write, CloseRead the own blocked read", func(s *script) {
		s.blockBoth(func() { s.client.CloseWrite(); s.client.CloseRead() })
	}, []string{
		`write, some true, all false: EPIPE`,
		`read: io.EOF`,
	}},
	{"an RST wakes a blocked read", func(s *script) {
		read := inBackground(func() { s.read(s.client, 1) })
		s.network.awaitBlocked()
		s.reset(s.server)
		<-read
	}, []string{
		`client reads "" ECONNRESET`,
	}},
	{"a FIN wakes a blocked read", func(s *script) {
		read := inBackground(func() { s.read(s.client, 1) })
		s.network.awaitBlocked()
		s.server.Close()
		<-read
	}, []string{
		`client reads "" io.EOF`,
	}},
	{"closing with unread bytes fails the blocked write of the peer", func(s *script) {
		write := inBackground(func() { s.writeHuge() })
		s.server.Read(make([]byte, 1)) // Write has begun
		s.network.awaitBlocked()
		s.server.Close()
		<-write
	}, []string{
		`write, some true, all false: ECONNRESET`,
	}},
	{"a blocked write goes on as the peer reads", func(s *script) {
		write := inBackground(func() { s.writeHuge() })
		n, err := io.CopyN(io.Discard, s.server, huge)
		<-write
		s.note("read all %t %s", n == huge, class(err))
	}, []string{
		`write, some true, all true: ok`,
		`read all true ok`,
	}},
	{"two large writes do not mix", func(s *script) {
		as, bs := bytes.Repeat([]byte("a"), huge/2), bytes.Repeat([]byte("b"), huge/2)
		first := inBackground(func() { s.client.Write(as) })
		second := inBackground(func() { s.client.Write(bs) })
		got := make([]byte, huge)
		_, err := io.ReadFull(s.server, got)
		<-first
		<-second
		whole := bytes.Equal(got, append(as, bs...)) || bytes.Equal(got, append(bs, as...))
		s.note("one after the other %t %s", whole, class(err))
	}, []string{
		`one after the other true ok`,
	}},
}

// blockBoth blocks the client in Read and in Write, interrupts it, and notes
// how both calls ended. A byte that arrives proves that Write has begun. Read
// may come only after the interruption; it must end in the same way then.
func (s *script) blockBoth(interrupt func()) {
	var readErr error
	read := inBackground(func() { _, readErr = s.client.Read(make([]byte, 1)) })
	write := inBackground(func() { s.writeHuge() })
	s.server.Read(make([]byte, 1))
	s.network.awaitBlocked()
	interrupt()
	<-read
	<-write
	s.do("read", readErr)
}

func (s *script) writeHuge() {
	n, err := s.client.Write(make([]byte, huge))
	s.note("write, some %t, all %t: %s", n > 0, n == huge, class(err))
}

// inBackground runs f in a goroutine and returns a channel closed at its end.
func inBackground(f func()) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	return done
}
