package fault_test

import (
	"errors"
	"io"
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
