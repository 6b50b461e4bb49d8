package fault_test

import (
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/fault"
)

func TestDelayAndStallInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, peer := net.Pipe()
		subject := stack(fault.Delay(3*time.Second), fault.StallAfter(4))(a)
		go io.Copy(peer, strings.NewReader("ping and more"))
		start := time.Now()

		require.NoError(t, subject.SetReadDeadline(start.Add(2*time.Second)))
		_, err := read(subject)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.Equal(t, 2*time.Second, time.Since(start))

		require.NoError(t, subject.SetReadDeadline(start.Add(time.Minute)))
		p := make([]byte, 3)
		n, err := subject.Read(p)
		require.NoError(t, err)
		require.Equal(t, "pin", string(p[:n]), "the bytes stay for the next Read")
		require.Equal(t, 3*time.Second, time.Since(start))
		s, err := read(subject)
		require.NoError(t, err)
		require.Equal(t, "g", s)

		_, err = read(subject)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		var timeout net.Error
		require.ErrorAs(t, err, &timeout)
		require.True(t, timeout.Timeout())
		require.Equal(t, time.Minute, time.Since(start))

		require.NoError(t, subject.SetReadDeadline(time.Time{}))
		time.AfterFunc(time.Hour, func() { subject.Close() })
		_, err = read(subject)
		require.ErrorIs(t, err, net.ErrClosed)
		require.Equal(t, time.Minute+time.Hour, time.Since(start))
		peer.Close()
	})
}

func TestDelayHoldsTheEndBackToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, peer := net.Pipe()
		subject := fault.Delay(time.Second)(a)
		peer.Close()
		start := time.Now()
		_, err := read(subject)
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, time.Second, time.Since(start))
		subject.Close()
	})
}

func TestMovingTheDeadlineWakesNobodyTooEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, peer := net.Pipe()
		defer peer.Close()
		subject := fault.StallAfter(0)(a)
		defer subject.Close()
		start := time.Now()
		require.NoError(t, subject.SetReadDeadline(start.Add(time.Second)))
		time.AfterFunc(time.Second/2, func() { subject.SetReadDeadline(start.Add(time.Hour)) })
		_, err := read(subject)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.Equal(t, time.Hour, time.Since(start))
	})
}
