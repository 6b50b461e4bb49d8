package endpoint

import (
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
	"socketkata/harness/memnet"
	"socketkata/harness/network"
	"socketkata/harness/wire"
)

// talk returns a conversation without a bench.
func talk() *Conversation {
	return &Conversation{
		Changed: sync.NewCond(&sync.Mutex{}), Log: wire.NewLog(func() time.Duration { return 0 }),
		CountOne: func() {}, Accepted: func(string) net.Conn { return nil },
	}
}

// pair returns a stream in memory and the subject's end of its conn.
func pair(c *Conversation, setup Setup) (*Stream, net.Conn) {
	ours, theirs := memnet.Pair()
	setup.Subject = theirs
	return c.NewSide("peer", "your code").NewStream(ours, setup), theirs
}

// when waits until a question about the stream is answered with yes.
func when(s *Stream, yes func() bool) {
	s.lock()
	defer s.unlock()
	for !yes() {
		s.talk.Changed.Wait()
	}
}

func TestStreamReadsInTheBackground(t *testing.T) {
	c := talk()
	s, subject := pair(c, Setup{})
	message := strings.Repeat("0123456789", 1<<20) // many times what any buffer holds
	_, err := io.WriteString(subject, message)
	require.NoError(t, err)
	require.NoError(t, subject.Close())
	when(s, func() bool { return s.State() == FIN })
	require.Empty(t, s.Only(FIN).Want)
	require.Equal(t, failure.ExtraBytes, s.Only(FIN).Symptom)
	require.Equal(t, message, s.Take(len(message)))
	require.Zero(t, s.Only(FIN))
	require.Equal(t, failure.EarlyEOF, s.Only(RST).Symptom)
	require.EqualValues(t, len(message), c.Traffic())
	c.Close()
	c.Wait()
}

// TestPausedStreamsSettle checks that two streams which both do not read leave
// each other in peace: in virtual time they would stop the clock otherwise. The
// second kind parks for a full inbox.
func TestPausedStreamsSettle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := talk()
		first, _ := pair(c, Setup{Paused: true})
		second, subject := pair(c, Setup{})
		third, _ := pair(c, Setup{})
		third.StopReading()
		go io.WriteString(subject, strings.Repeat("x", InboxLimit+1<<20))
		began := time.Now()
		time.Sleep(time.Hour)
		synctest.Wait()
		require.Equal(t, time.Hour, time.Since(began))
		require.Empty(t, first.Inbox())
		require.GreaterOrEqual(t, len(second.Inbox()), InboxLimit)
		third.ResumeReading()
		c.Close()
		c.Wait()
	})
}

// TestPausedStreamReadsNothing checks that a stream which begins paused leaves
// everything where it is until it is told to read.
func TestPausedStreamReadsNothing(t *testing.T) {
	c := talk()
	s, subject := pair(c, Setup{Paused: true})
	_, err := io.WriteString(subject, "unread")
	require.NoError(t, err)
	when(s, func() bool { return s.parked })
	require.Equal(t, 6, subject.(*memnet.Conn).PeerUnread())
	s.ResumeReading()
	when(s, func() bool { return len(s.Inbox()) == 6 })
	c.Close()
	c.Wait()
}

// TestPausedStreamTakesWhatItMay checks that a stream which has stopped reading
// reads as many bytes as it is allowed to, in several steps, and no more.
func TestPausedStreamTakesWhatItMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := talk()
		s, subject := pair(c, Setup{})
		require.False(t, s.AllowRead(1), "it reads everything anyway")
		s.StopReading()
		_, err := io.WriteString(subject, "123456789")
		require.NoError(t, err)
		has := func(inbox string, unread int) {
			t.Helper()
			synctest.Wait()
			require.Equal(t, inbox, string(s.Inbox()))
			require.Equal(t, unread, subject.(*memnet.Conn).PeerUnread())
		}
		has("", 9)
		require.True(t, s.AllowRead(1))
		has("1", 8)
		require.True(t, s.AllowRead(2))
		require.True(t, s.AllowRead(3))
		has("123456", 3)
		require.True(t, s.AllowRead(100))
		has("123456789", 0)
		s.StopReading() // what it has not read by now it may no longer read
		_, err = io.WriteString(subject, "abc")
		require.NoError(t, err)
		has("123456789", 3)
		s.ResumeReading()
		has("123456789abc", 0)
		s.Wrap(func(c net.Conn) net.Conn { return struct{ net.Conn }{c} })
		s.StopReading()
		require.False(t, s.AllowRead(1), "a byte of a layer is not one of the network")
		c.Close()
		c.Wait()
	})
}

// TestMissed says in each state what came instead of two bytes.
func TestMissed(t *testing.T) {
	for _, test := range []struct {
		inbox string
		state State
		want  failure.Symptom
		says  string
	}{
		{"", Open, failure.Silence, "silence"},
		{"", FIN, failure.EarlyEOF, "EOF (FIN) before the first byte"},
		{"", RST, failure.Reset, "(RST)"},
		{"", Broken, failure.EarlyEOF, `the error "unexpected EOF"`},
		{"o", Open, failure.MissingTail, "then silence: the conn is still open"},
		{"o", FIN, failure.MissingTail, "the first 1 of 2 bytes, then EOF (FIN)"},
		{"o", RST, failure.MissingTail, "then a reset (RST)"},
		{"no", Open, failure.WrongBytes, "byte 0"},
	} {
		s := &Stream{inbox: []byte(test.inbox), state: test.state, why: io.ErrUnexpectedEOF}
		o := s.Missed("ok")
		require.Equal(t, test.want, o.Symptom, "%v", test)
		require.Contains(t, o.Got+" "+o.Mark, test.says)
	}
}

// TestDatagramsKeepTheirBoundaries checks that the log and the inbox have each
// datagram by itself, and that traffic counts an empty one.
func TestDatagramsKeepTheirBoundaries(t *testing.T) {
	c := talk()
	n := network.NewMemory()
	ours, err := n.ListenPacket()
	require.NoError(t, err)
	subject, err := n.ListenPacket()
	require.NoError(t, err)
	d := c.NewSide("client", "your server").NewDatagrams(ours)
	for _, data := range []string{"", "one", "two"} {
		_, err := subject.WriteTo([]byte(data), d.Addr())
		require.NoError(t, err)
		c.Changed.L.Lock()
		for !d.Waiting() {
			c.Changed.Wait()
		}
		c.Changed.L.Unlock()
		got := d.Take()
		require.Equal(t, data, got.Data)
		require.Equal(t, subject.LocalAddr().String(), got.From.String())
	}
	require.NoError(t, d.Send(subject.LocalAddr(), "yes"))
	require.EqualValues(t, 3+3+3+4, c.Traffic(), "bytes and datagrams")
	require.Len(t, c.Log.Events(), 3, "what is sent is logged by the network of the datagrams")
	require.NoError(t, ours.Close())
	c.Wait()
}

// TestWrapWhileTheReaderIsWoken is for the race detector: the parked reader looks
// at what Wrap changes whenever another end of the script has something new.
func TestWrapWhileTheReaderIsWoken(t *testing.T) {
	c := talk()
	s, subject := pair(c, Setup{})
	for range 20 {
		_, err := io.WriteString(subject, "x")
		require.NoError(t, err)
		when(s, func() bool { return len(s.Inbox()) == 1 })
		s.Wrap(func(conn net.Conn) net.Conn {
			for range 100 {
				c.Changed.Broadcast()
				runtime.Gosched()
			}
			return struct{ net.Conn }{conn}
		})
		when(s, func() bool { return len(s.Inbox()) == 1 })
		require.Equal(t, "x", s.Take(1))
		s.Unwrap()
	}
	c.Close()
	c.Wait()
}

// half is a layer that sends two bytes and fails.
type half struct{ net.Conn }

func (h half) Write(p []byte) (int, error) {
	n, _ := h.Conn.Write(p[:2])
	return n, io.ErrShortWrite
}

// TestDrawingShowsWhatALayerHasSent checks that bytes which a layer did not send
// are not drawn, and that those it did send are drawn before their answer.
func TestDrawingShowsWhatALayerHasSent(t *testing.T) {
	c := talk()
	s, subject := pair(c, Setup{})
	s.Wrap(func(c net.Conn) net.Conn { return half{c} })
	s.Send("ping")
	when(s, func() bool { return !s.Sending() })
	_, err := io.WriteString(subject, "pong")
	require.NoError(t, err)
	when(s, func() bool { return len(s.Inbox()) == 4 })
	events := c.Log.Events()
	require.Len(t, events, 2)
	require.Equal(t, "pi", string(events[0].Data))
	require.Equal(t, "pong", string(events[1].Data))
	s.Take(4)
	s.Wrap(func(c net.Conn) net.Conn { return broken{c} })
	s.Send("ping")
	when(s, func() bool { return !s.Sending() })
	require.Len(t, c.Log.Events(), 2)
	c.Close()
	c.Wait()
}

// broken is a layer that sends nothing.
type broken struct{ net.Conn }

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// TestNamesAreCountedByRole lets a stranger beside a server not be "server 2".
func TestNamesAreCountedByRole(t *testing.T) {
	var mu sync.Mutex
	c := &Conversation{Changed: sync.NewCond(&mu)}
	var names []string
	for _, role := range []string{"server", "stranger", "server", "stranger"} {
		names = append(names, c.NewSide(role, "your client").Name)
	}
	require.Equal(t, []string{"server", "stranger", "server 2", "stranger 2"}, names)
}
