package cases_test

import (
	"errors"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/peer"
)

func TestReturnedError(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) { require.NoError(b, io.ErrUnexpectedEOF, "it works") })
}
func TestNoError(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) { require.Error(b, nil, "it does not work") })
}
func TestNoErrorIs(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) { require.ErrorIs(b, nil, net.ErrClosed, "it does not work") })
}
func TestWrongError(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		require.ErrorIs(b, errors.Join(io.EOF, io.ErrNoProgress), net.ErrClosed, "the conn is closed")
	})
}
func TestWrongValue(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) { require.Equal(b, 1, 2, "one is one") })
}
func TestManyCalls(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) {
		for range 6 {
			peer.Start(b, "Call", func() (int, error) { return 0, nil }).Result("it returns")
		}
		require.Equal(b, 1, 2, "one is one")
	})
}
func TestNotLess(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) { require.Less(b, 2, 1, "two is less than one") })
}
func TestWrongTruth(t *testing.T) {
	peer.Run(t, "R1: it fails", func(b *peer.Bench) { require.True(b, false, "this is true") })
}
