//go:build unix

package remote

import (
	"context"
	"errors"
	"io"
	"net"
	"reflect"
	"runtime"
	"sync"
	"syscall"
	"testing"

	"socketkata/harness/descriptor"
	"socketkata/harness/remote/envelope"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestWildReadEndsNothing: what a Read returns that breaks the rules of
// io.Reader is for the caller to see, not for the process to die of.
func TestWildReadEndsNothing(t *testing.T) {
	start(t)
	var c net.Conn
	call("wild", nil, []any{&c})
	n, err := c.Read(make([]byte, 4))
	require.NoError(t, err)
	require.Equal(t, 5, n)
}

// TestConnIsResetFromAfar: a conn that cannot be reset closes with FIN and says
// so.
func TestConnIsResetFromAfar(t *testing.T) {
	start(t)
	client, server := pair(t)
	var c net.Conn = server
	var err error
	call("abort", []any{&c}, []any{&err})
	require.NoError(t, err)
	_, err = client.Read(make([]byte, 1))
	require.ErrorIs(t, err, syscall.ECONNRESET)

	client, server = pair(t)
	c = halfOnly{server, server.CloseWrite}
	call("abort", []any{&c}, []any{&err})
	require.ErrorIs(t, err, errors.ErrUnsupported)
	_, err = client.Read(make([]byte, 1))
	require.Equal(t, io.EOF, err)
}

// A halfOnly has CloseWrite and, of a *net.TCPConn, nothing else beyond net.Conn.
type halfOnly struct {
	net.Conn
	closeWrite func() error
}

func (c halfOnly) CloseWrite() error { return c.closeWrite() }

// TestPackageWithoutErrors makes calls at once that carry errors. The race
// detector must have nothing to say: its report would be the candidate's fault.
func TestPackageWithoutErrors(t *testing.T) {
	start(t)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for range 100 {
				in, out, known := errBroken, error(nil), false
				Call(map[string]error{}, "pass", []any{&in}, []any{&out, &known})
				assert.ErrorIs(t, out, errBroken)
			}
		})
	}
	all.Wait()
}

// TestLastReplyCounts has the other end reply and close at once. What it said
// last is not lost, whichever of both is seen first.
func TestLastReplyCounts(t *testing.T) {
	for range 200 {
		ours, file, err := descriptor.Pair()
		require.NoError(t, err)
		s, err := net.FileConn(file)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		theirs := s.(*net.UnixConn)
		e, other := newEnd(ours, nil, nil), newEnd(theirs, nil, nil)
		go e.loop()
		go func() {
			m, _, err := other.conn.Receive()
			if assert.NoError(t, err) {
				assert.NoError(t, other.send(newReply(message{Message: m}, "")))
			}
			theirs.Close()
		}()
		_, err = e.roundTrip(message{Message: envelope.Message{Name: "ask"}})
		require.NoError(t, err)
		<-e.over
		ours.Close()
	}
}

// TestContextEndsBeforeTheCallIsSent: that its context has ended arrives after the
// call, however late that is sent.
func TestContextEndsBeforeTheCallIsSent(t *testing.T) {
	s := start(t)
	for range 100 {
		ctx, cancel := context.WithCancel(t.Context())
		m := message{Message: envelope.Message{Name: "await"}}
		m.Values = []value{s.encode(reflect.ValueOf(&ctx).Elem(), &m.cargo)}
		cancel()
		runtime.Gosched() // the AfterFunc of ctx runs
		r, err := s.roundTrip(m)
		require.NoError(t, err)
		require.ErrorIs(t, s.results(&r, nil, []reflect.Type{errorType})[0].Interface().(error), context.Canceled)
	}
}

func TestGoexitGoesToTheCaller(t *testing.T) {
	start(t)
	for wantLeft, f := range map[bool]func(){true: runtime.Goexit, false: func() {}} {
		left := !wantLeft
		call("leaves", []any{&f}, []any{&left})
		require.Equal(t, wantLeft, left)
	}
}
