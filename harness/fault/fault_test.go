package fault_test

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/fault"
)

type wrapper = func(net.Conn) net.Conn

// pair returns the two ends of a TCP connection; the subject's end is wrapped.
func pair(t *testing.T, wrap wrapper) (subject net.Conn, peer *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	p, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	c, err := l.Accept()
	require.NoError(t, err)
	subject = wrap(c)
	t.Cleanup(func() {
		subject.Close()
		p.Close()
	})
	require.NoError(t, p.SetDeadline(time.Now().Add(20*time.Second)))
	return subject, p.(*net.TCPConn)
}

func send(t *testing.T, peer *net.TCPConn, s string) {
	t.Helper()
	_, err := peer.Write([]byte(s))
	require.NoError(t, err)
}

// sendAll writes s and ends the stream.
func sendAll(t *testing.T, peer *net.TCPConn, s string) {
	t.Helper()
	send(t, peer, s)
	require.NoError(t, peer.CloseWrite())
}

// read makes one Read with a large buffer.
func read(c net.Conn) (string, error) {
	p := make([]byte, 4096)
	n, err := c.Read(p)
	return string(p[:n]), err
}

// pieces reads to the end and returns what each Read gave.
func pieces(t *testing.T, c net.Conn) []string {
	t.Helper()
	var got []string
	for {
		s, err := read(c)
		if s != "" {
			got = append(got, s)
		}
		if err == io.EOF {
			return got
		}
		require.NoError(t, err)
	}
}

// all is every conn wrapper with parameters under which nothing happens to a
// short dialogue of up to 8 bytes each way.
func all() map[string]wrapper {
	return map[string]wrapper{
		"OneByteReads":     fault.OneByteReads,
		"WaitsInEmptyRead": fault.WaitsInEmptyRead,
		"EmptyReads":       fault.EmptyReads,
		"DataWithEOF":      fault.DataWithEOF,
		"FailRead":         fault.FailRead(100, errors.New("no route")),
		"FailWrite":        fault.FailWrite(100, errors.New("no route")),
		"FailClose":        fault.FailClose(nil),
	}
}

func TestEveryWrapperIsStillAConn(t *testing.T) {
	for name, wrap := range all() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			subject, peer := pair(t, wrap)
			talk(t, subject, peer)
			halfClose(t, subject, peer)
			hangUp(t, subject)
		})
	}
}

// talk exchanges a message each way.
func talk(t *testing.T, subject net.Conn, peer *net.TCPConn) {
	t.Helper()
	_, err := subject.Write([]byte("banner\n"))
	require.NoError(t, err)
	banner := make([]byte, 7)
	_, err = io.ReadFull(peer, banner)
	require.NoError(t, err)
	require.Equal(t, "banner\n", string(banner))

	send(t, peer, "ping\n")
	ping := make([]byte, 5)
	_, err = io.ReadFull(subject, ping)
	require.NoError(t, err)
	require.Equal(t, "ping\n", string(ping))
}

// halfClose ends the stream of the subject, then that of the peer.
func halfClose(t *testing.T, subject net.Conn, peer *net.TCPConn) {
	t.Helper()
	require.NoError(t, subject.(interface{ CloseWrite() error }).CloseWrite())
	_, err := read(peer)
	require.ErrorIs(t, err, io.EOF)

	sendAll(t, peer, "tail")
	rest, err := io.ReadAll(subject)
	require.NoError(t, err)
	require.Equal(t, "tail", string(rest))
}

// hangUp lets the deadline pass, takes it back and closes.
func hangUp(t *testing.T, subject net.Conn) {
	t.Helper()
	require.NoError(t, subject.SetReadDeadline(time.Now().Add(-time.Second)))
	_, err := read(subject)
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	require.NoError(t, subject.SetDeadline(time.Time{}))
	_, err = read(subject)
	require.ErrorIs(t, err, io.EOF)

	require.NoError(t, subject.Close())
	_, err = read(subject)
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = subject.Write([]byte("x"))
	require.ErrorIs(t, err, net.ErrClosed)
}

func TestCloseEndsABlockedRead(t *testing.T) {
	for name, wrap := range all() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			subject, _ := pair(t, wrap)
			failed := make(chan error, 1)
			go func() {
				_, err := read(subject)
				for err == nil { // EmptyReads
					_, err = read(subject)
				}
				failed <- err
			}()
			timer := time.AfterFunc(20*time.Millisecond, func() { subject.Close() })
			defer timer.Stop()
			require.ErrorIs(t, <-failed, net.ErrClosed)
		})
	}
}

func TestWrappersForwardWhatTCPConnHas(t *testing.T) {
	type tcp interface {
		CloseRead() error
		CloseWrite() error
		SetLinger(sec int) error
		SetNoDelay(on bool) error
		SetKeepAlive(on bool) error
		SetKeepAlivePeriod(d time.Duration) error
		SetKeepAliveConfig(config net.KeepAliveConfig) error
		SetReadBuffer(bytes int) error
		SetWriteBuffer(bytes int) error
	}
	calls := func(c tcp) []error {
		return []error{c.SetLinger(0), c.SetNoDelay(true), c.SetKeepAlive(true),
			c.SetKeepAlivePeriod(time.Minute), c.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true}),
			c.SetReadBuffer(4096), c.SetWriteBuffer(4096), c.CloseRead(), c.CloseWrite()}
	}
	for name, wrap := range all() {
		subject, _ := pair(t, wrap)
		require.NoError(t, errors.Join(calls(subject.(tcp))...), name)

		a, b := net.Pipe()
		for _, err := range calls(wrap(a).(tcp)) {
			require.ErrorIs(t, err, errors.ErrUnsupported, name)
		}
		a.Close()
		b.Close()
	}
}

// stack wraps in order.
