//go:build unix

package remote

import (
	"errors"
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWrappedListenerIsCalledFromAfar(t *testing.T) {
	start(t)
	h := listen(t)
	defer h.Close()
	var ln net.Listener = brokenListener{h}
	var err error
	call("echo", []any{&ln}, []any{&err})
	require.ErrorIs(t, err, errBroken, "an error that comes home is the original")
	require.EqualError(t, err, "accept: the cable is out")
	require.Implements(t, (*interface{ Unwrap() error })(nil), err, "and what wraps it has the method of the original")
	require.False(t, timed(ln), "this wrapper hides the method")
	var has bool
	call("timed", []any{&ln}, []any{&has})
	require.False(t, has)
	ln = h
	call("timed", []any{&ln}, []any{&has})
	require.True(t, has)
}

var errBroken = errors.New("the cable is out")

type brokenListener struct{ net.Listener } // without SetDeadline

func (brokenListener) Accept() (net.Conn, error) { return nil, errBroken }

// TestUnchangedBytesStay: what the called function has not changed, somebody else
// may have changed meanwhile.
func TestUnchangedBytesStay(t *testing.T) {
	start(t)
	p := []byte("hello")
	c := &overwritten{p: p}
	var w io.Writer = c
	var n int
	var err error
	call("writeTo", []any{&w, &p}, []any{&n, &err})
	require.NoError(t, err)
	require.Equal(t, "HELLO", string(p))
}

type overwritten struct{ p []byte }

func (o *overwritten) Write(p []byte) (int, error) { copy(o.p, "HELLO"); return len(p), nil }
