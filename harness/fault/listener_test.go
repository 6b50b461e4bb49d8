package fault_test

import (
	"errors"
	"io"
	"net"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/fault"
)

const windows = runtime.GOOS == "windows"

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return l
}

func dial(t *testing.T, l net.Listener) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

func TestEveryConnWrapsEachConn(t *testing.T) {
	l := fault.EveryConn(fault.FailRead(2, io.EOF), fault.OneByteReads)(listen(t))
	for range 2 {
		sendAll(t, dial(t, l), "abcde")
		c, err := l.Accept()
		require.NoError(t, err)
		require.Equal(t, []string{"a", "b"}, pieces(t, c))
		c.Close()
	}
	require.NoError(t, l.Close())
	_, err := l.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
}

func TestFailAccept(t *testing.T) {
	odd := errors.New("odd")
	wrap := fault.FailAccept(fault.TooManyFiles(), nil, odd)
	for range 2 { // a second listener gets the errors again
		l := wrap(listen(t))
		dial(t, l)
		dial(t, l)

		_, err := l.Accept()
		requireAcceptError(t, l, err)
		require.ErrorIs(t, err, number(syscall.EMFILE, 10024))

		first, err := l.Accept()
		require.NoError(t, err)
		first.Close()

		_, err = l.Accept()
		requireAcceptError(t, l, err)
		require.ErrorIs(t, err, odd)

		second, err := l.Accept()
		require.NoError(t, err)
		second.Close()
	}
}

func requireAcceptError(t *testing.T, l net.Listener, err error) {
	t.Helper()
	var op *net.OpError
	require.ErrorAs(t, err, &op)
	require.Equal(t, "accept", op.Op)
	require.Equal(t, "tcp", op.Net)
	require.Equal(t, l.Addr(), op.Addr)
}

func number(unix, winsock syscall.Errno) syscall.Errno {
	if windows {
		return winsock
	}
	return unix
}

func TestFailAcceptEndsWithClose(t *testing.T) {
	l := fault.FailAccept(fault.Aborted(), fault.Aborted())(listen(t))
	_, err := l.Accept()
	require.ErrorIs(t, err, number(syscall.ECONNABORTED, 10053))
	require.NoError(t, l.Close())
	_, err = l.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
}

func TestAcceptErrorsBehaveAsTheRealThing(t *testing.T) {
	for _, err := range []error{fault.TooManyFiles(), fault.SystemFull(), fault.Aborted()} {
		var op *net.OpError
		require.ErrorAs(t, err, &op)
		require.Equal(t, "accept", op.Op)
		require.False(t, op.Timeout())
		if !windows {
			require.True(t, op.Temporary(), err)
		}
	}
}

type bare struct{ net.Listener }

func TestListenersForwardSetDeadline(t *testing.T) {
	type deadline interface{ SetDeadline(t time.Time) error }
	for _, wrap := range []func(net.Listener) net.Listener{fault.EveryConn(), fault.FailAccept(), fault.FailCloseListener(nil), fault.FailAcceptAfterClose(nil)} {
		require.NoError(t, wrap(listen(t)).(deadline).SetDeadline(time.Now().Add(time.Minute)))
		err := wrap(bare{listen(t)}).(deadline).SetDeadline(time.Now())
		require.ErrorIs(t, err, errors.ErrUnsupported)
	}
}
