package fault_test

import (
	"errors"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/fault"
)

func TestFailClose(t *testing.T) {
	odd := errors.New("odd")
	subject, peer := pair(t, fault.FailClose(odd))
	require.ErrorIs(t, subject.(interface{ CloseWrite() error }).CloseWrite(), odd)
	got, err := io.ReadAll(peer)
	require.NoError(t, err)
	require.Empty(t, got, "the peer has the FIN")
	send(t, peer, "still open")
	text, err := read(subject)
	require.NoError(t, err)
	require.Equal(t, "still open", text)

	err = subject.Close()
	require.ErrorIs(t, err, odd)
	require.NotErrorIs(t, err, net.ErrClosed)
	_, err = subject.Read(make([]byte, 1))
	require.ErrorIs(t, err, net.ErrClosed)
	require.ErrorIs(t, subject.Close(), net.ErrClosed, "the conn's own error comes with it")
}

func TestFailCloseListener(t *testing.T) {
	odd := errors.New("odd")
	l := fault.FailCloseListener(odd)(listen(t))
	require.ErrorIs(t, l.Close(), odd)
	_, err := l.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
	err = l.Close()
	require.ErrorIs(t, err, odd)
	require.ErrorIs(t, err, net.ErrClosed)
}

func TestFailAcceptAfterClose(t *testing.T) {
	odd := errors.New("odd")
	l := fault.FailAcceptAfterClose(odd)(listen(t))
	dial(t, l)
	c, err := l.Accept()
	require.NoError(t, err)
	require.NoError(t, c.Close())
	require.NoError(t, l.Close())
	_, err = l.Accept()
	require.ErrorIs(t, err, odd)
	require.NotErrorIs(t, err, net.ErrClosed)
}
