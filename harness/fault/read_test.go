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

func TestOneByteReads(t *testing.T) {
	subject, peer := pair(t, fault.OneByteReads)
	sendAll(t, peer, "abcde") // so small a Write is one segment on loopback
	require.Equal(t, []string{"a", "b", "c", "d", "e"}, pieces(t, subject))
}

func TestEmptyReads(t *testing.T) {
	subject, peer := pair(t, fault.EmptyReads)
	sendAll(t, peer, "abc")
	for _, want := range []string{"", "abc", ""} {
		got, err := read(subject)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := read(subject)
	require.ErrorIs(t, err, io.EOF)
	require.NoError(t, subject.Close())
	_, err = read(subject)
	require.ErrorIs(t, err, net.ErrClosed)
}

func TestWaitsInEmptyRead(t *testing.T) {
	subject, peer := pair(t, fault.WaitsInEmptyRead)
	require.NoError(t, subject.SetReadDeadline(time.Now().Add(-time.Second)))
	_, err := subject.Read(nil)
	require.ErrorIs(t, err, os.ErrDeadlineExceeded, "no byte has arrived")
	require.NoError(t, subject.SetReadDeadline(time.Time{}))
	sendAll(t, peer, "abc")
	for range 2 {
		_, err = subject.Read(nil)
		require.NoError(t, err)
	}
	got, err := io.ReadAll(subject)
	require.NoError(t, err)
	require.Equal(t, "abc", string(got), "the byte that ended the wait is not lost")
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
