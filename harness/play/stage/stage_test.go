package stage

import (
	"context"
	"errors"
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// A scripted listener gives what it is told, in order.
type scripted struct {
	net.Listener
	errs []error // nil is a client
}

func (l *scripted) Accept() (net.Conn, error) {
	err := l.errs[0]
	l.errs = l.errs[1:]
	if err != nil {
		return nil, err
	}
	c, peer := net.Pipe()
	peer.Close()
	return c, nil
}

// TestStageAccepts: an error that passes costs no client, and one that stays
// is told as what it is, not as a return of the code.
func TestStageAccepts(t *testing.T) {
	passing := &net.OpError{Op: "accept", Net: "tcp", Err: syscall.EMFILE}
	broken := errors.New("the cable is out")
	for _, c := range []struct {
		errs []error
		want error
	}{
		{[]error{passing, nil, passing, nil, net.ErrClosed}, nil},
		{[]error{nil, nil, broken}, broken},
	} {
		served := make(chan struct{}, 2)
		err := New("").accept(t.Context(), &scripted{errs: c.errs}, "Handle", func(context.Context, net.Conn) error {
			served <- struct{}{}
			return nil
		})
		require.Equal(t, c.want, err)
		require.Len(t, served, 2)
	}
}
