package fault_test

import (
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/fault"
)

func TestReadsGiveLittle(t *testing.T) {
	tests := map[string]struct {
		wrap wrapper
		want []string
	}{
		"OneByteReads":                 {fault.OneByteReads, []string{"a", "b", "c", "d", "e"}},
		"ShortReads":                   {fault.ShortReads(2), []string{"ab", "cd", "e"}},
		"ShortReads of nothing":        {fault.ShortReads(0), []string{"a", "b", "c", "d", "e"}},
		"SplitAt":                      {fault.SplitAt(4, 1), []string{"a", "bcd", "e"}},
		"SplitAt the edges":            {fault.SplitAt(0, 5, 9, -1), []string{"abcde"}},
		"SplitAt without offsets":      {fault.SplitAt(), []string{"abcde"}},
		"the last wrapper acts first":  {stack(fault.ShortReads(3), fault.ShortReads(2)), []string{"ab", "cd", "e"}},
		"Coalesce more than there is":  {fault.Coalesce(100), []string{"abcde"}},
		"Coalesce gives out n at once": {fault.Coalesce(4), []string{"abcd", "e"}},
		"CloseAfter":                   {fault.CloseAfter(3), []string{"abc"}},
		"CloseAfter at once":           {fault.CloseAfter(0), nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			subject, peer := pair(t, tt.wrap)
			sendAll(t, peer, "abcde") // so small a Write is one segment on loopback
			require.Equal(t, tt.want, pieces(t, subject))
		})
	}
}

func stack(wraps ...wrapper) wrapper {
	return func(c net.Conn) net.Conn {
		for _, wrap := range wraps {
			c = wrap(c)
		}
		return c
	}
}

func TestOffsetsAreNotShared(t *testing.T) {
	wrap := fault.SplitAt(2)
	for range 2 {
		subject, peer := pair(t, wrap)
		sendAll(t, peer, "abcd")
		require.Equal(t, []string{"ab", "cd"}, pieces(t, subject))
	}
}

func TestCoalesceJoinsSeveralMessages(t *testing.T) {
	subject, peer := pair(t, fault.Coalesce(6))
	require.NoError(t, subject.SetReadDeadline(time.Now().Add(20*time.Millisecond)))
	send(t, peer, "one")
	_, err := read(subject)
	require.ErrorIs(t, err, os.ErrDeadlineExceeded, "too little for a Read")

	require.NoError(t, subject.SetReadDeadline(time.Time{}))
	send(t, peer, "two")
	s, err := read(subject)
	require.NoError(t, err)
	require.Equal(t, "onetwo", s)
}

func TestDataWithEOFJoinsTheEndToTheData(t *testing.T) {
	for name, size := range map[string]int{"with room": 4096, "exactly full": 4} {
		t.Run(name, func(t *testing.T) {
			subject, peer := pair(t, fault.DataWithEOF)
			sendAll(t, peer, "last")
			p := make([]byte, size)
			n, err := subject.Read(p)
			require.Equal(t, "last", string(p[:n]))
			require.ErrorIs(t, err, io.EOF)
			n, err = subject.Read(p)
			require.Zero(t, n)
			require.ErrorIs(t, err, io.EOF)
		})
	}
}

func TestDataWithEOFIsAProperReader(t *testing.T) {
	content := []byte(strings.Repeat("abcdefgh", 100))
	subject, peer := pair(t, fault.DataWithEOF)
	sendAll(t, peer, string(content))
	require.NoError(t, iotest.TestReader(subject, content))
}

func TestDataWithEOFKeepsTheSubjectsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, peer := net.Pipe()
		defer peer.Close()
		subject := fault.DataWithEOF(a)
		defer subject.Close()
		go peer.Write([]byte("ping"))
		start := time.Now()
		require.NoError(t, subject.SetReadDeadline(start.Add(time.Second)))
		s, err := read(subject)
		require.NoError(t, err)
		require.Equal(t, "ping", s)
		require.Equal(t, 50*time.Millisecond, time.Since(start))
		_, err = read(subject)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.Equal(t, time.Second, time.Since(start))
	})
}
