package fault_test

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/fault"
)

func TestFailReadGivesTheErrorAsItIs(t *testing.T) {
	broken := errors.New("broken")
	subject, peer := pair(t, fault.FailRead(2, broken))
	send(t, peer, "abc")
	s, err := read(subject)
	require.NoError(t, err)
	require.Equal(t, "ab", s)
	for range 2 {
		_, err = read(subject)
		require.Equal(t, broken, err)
	}
	_, err = subject.Write([]byte("still here"))
	require.NoError(t, err)
}

func TestCloseAfterLeavesWritingAlone(t *testing.T) {
	subject, peer := pair(t, fault.CloseAfter(0))
	_, err := read(subject)
	require.ErrorIs(t, err, io.EOF)
	_, err = subject.Write([]byte("answer"))
	require.NoError(t, err)
	s, err := read(peer)
	require.NoError(t, err)
	require.Equal(t, "answer", s)
}

func TestResetAfter(t *testing.T) {
	reset, pipe := syscall.Errno(syscall.ECONNRESET), syscall.Errno(syscall.EPIPE)
	if windows {
		reset, pipe = 10054, 10054
	}
	subject, peer := pair(t, fault.ResetAfter(4))
	send(t, peer, "ping and more")
	s, err := read(subject)
	require.NoError(t, err)
	require.Equal(t, "ping", s)
	_, err = subject.Write([]byte("before"))
	require.NoError(t, err)
	for range 2 {
		_, err = read(subject)
		require.ErrorIs(t, err, reset)
		var op *net.OpError
		require.ErrorAs(t, err, &op)
		require.Equal(t, "read", op.Op)
	}
	_, err = subject.Write([]byte("after"))
	require.ErrorIs(t, err, pipe)
	require.ErrorContains(t, err, "write tcp 127.0.0.1:")
}
func TestShortWritesStopsEachCall(t *testing.T) {
	subject, peer := pair(t, fault.ShortWrites(2))
	n, err := subject.Write([]byte("abc"))
	require.Equal(t, 2, n)
	require.ErrorIs(t, err, io.ErrShortWrite)
	n, err = subject.Write([]byte("de"))
	require.Equal(t, 2, n)
	require.NoError(t, err)
	require.NoError(t, subject.Close())
	got, err := io.ReadAll(peer)
	require.NoError(t, err)
	require.Equal(t, "abde", string(got))
}

func TestFailWriteCountsOverAllCalls(t *testing.T) {
	gone := errors.New("no route")
	subject, peer := pair(t, fault.FailWrite(4, gone))
	n, err := subject.Write([]byte("abc"))
	require.Equal(t, 3, n)
	require.NoError(t, err)
	n, err = subject.Write([]byte("def"))
	require.Equal(t, 1, n)
	require.Equal(t, gone, err)
	n, err = subject.Write([]byte("g"))
	require.Zero(t, n)
	require.Equal(t, gone, err)
	require.NoError(t, subject.Close())
	got, err := io.ReadAll(peer)
	require.NoError(t, err)
	require.Equal(t, "abcd", string(got))
}
