package relay

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/errno"
	"socketkata/harness/wire"
)

// TestBytesAreUnchanged sends random bytes in pieces of random sizes both ways
// at once, for three clients.
func TestBytesAreUnchanged(t *testing.T) {
	t.Parallel()
	const total = 3 << 20
	tape := newTape()
	_, connect := setUp(t, tape.tap)
	var all sync.WaitGroup
	for n := range 3 {
		client, server := connect()
		for side, pair := range [][2]*net.TCPConn{{client, server}, {server, client}} {
			random := rand.New(rand.NewPCG(uint64(n), uint64(side)))
			sent := make([]byte, total)
			for i := range sent {
				sent[i] = byte(random.Uint32())
			}
			all.Go(func() {
				for at := 0; at < total; {
					piece := min(1+random.IntN(100_000), total-at)
					if _, err := pair[0].Write(sent[at : at+piece]); err != nil {
						t.Error(err)
						return
					}
					at += piece
				}
				pair[0].CloseWrite()
			})
			all.Go(func() {
				got, err := io.ReadAll(pair[1])
				if err != nil || !bytes.Equal(got, sent) {
					t.Errorf("%d bytes arrived, and not what was sent: %v", len(got), err)
				}
				tape.mu.Lock()
				defer tape.mu.Unlock()
				if !bytes.Equal(tape.bytes[side][n+1].Bytes(), sent) {
					t.Error("the tap was told other bytes than were sent")
				}
			})
		}
	}
	all.Wait()
}

func TestHalfClose(t *testing.T) {
	t.Parallel()
	tape := newTape()
	r, connect := setUp(t, tape.tap)
	client, server := connect()
	require.NoError(t, client.CloseWrite())
	_, err := server.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF, "the client's FIN reaches the server")
	_, err = server.Write([]byte("late"))
	require.NoError(t, err)
	require.NoError(t, server.Close())
	got, err := io.ReadAll(client)
	require.NoError(t, err, "the server's bytes and FIN reach a client that half-closed")
	require.Equal(t, "late", string(got))
	r.idle.Wait()
	require.Equal(t, []wire.Event{
		{Size: 1, From: wire.Harness, Kind: wire.Open},
		{Size: 1, From: wire.Harness, Kind: wire.FIN},
		{Size: 1, From: wire.Subject, Kind: wire.FIN},
	}, tape.events)
}

func TestReset(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		by     Side
		before func(t *testing.T, by, other *net.TCPConn)
		unix   bool // it is found by asking the socket
	}{
		{name: "by the client", by: Client},
		{name: "by the server", by: Server},
		{name: "after a FIN", by: Client, unix: true, before: func(t *testing.T, by, other *net.TCPConn) {
			require.NoError(t, by.CloseWrite())
			_, err := other.Read(make([]byte, 1))
			require.ErrorIs(t, err, io.EOF)
		}},
		{name: "while nobody reads", by: Client, unix: true, before: func(t *testing.T, by, _ *net.TCPConn) {
			require.NotZero(t, fill(t, by), "something fits")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.unix && !asksSockets {
				t.Skip("sockets cannot be asked on this platform")
			}
			tape := newTape()
			r, connect := setUp(t, tape.tap)
			client, server := connect()
			ends := []*net.TCPConn{client, server}
			if c.before != nil {
				c.before(t, ends[c.by], ends[1-c.by])
			}
			reset(ends[c.by])
			tape.await(t, c.by, wire.RST)
			r.idle.Wait()
			_, err := io.Copy(io.Discard, ends[1-c.by])
			if c.name == "after a FIN" { // the stream had ended before: Read has nothing to tell
				_, err = ends[1-c.by].Write([]byte("x"))
				require.Error(t, err)
				return
			}
			require.True(t, isReset(err), "the other side sees a reset, not %v", err)
		})
	}
}

func isReset(err error) bool { return errno.Is(err, syscall.ECONNRESET) }

// TestResetAtOnce resets each client as soon as it is accepted, which the
// relay may meet before its Dial returns, and after.
func TestResetAtOnce(t *testing.T) {
	t.Parallel()
	const clients = 300
	tape := newTape()
	r, connect := setUp(t, tape.tap)
	for range clients {
		client, server := connect()
		reset(server)
		_, err := io.Copy(io.Discard, client)
		require.True(t, isReset(err), "the client sees a reset, not %v", err)
	}
	r.HangUp()
	kinds := map[wire.Kind]int{}
	for _, e := range tape.events {
		kinds[e.Kind]++
	}
	require.Equal(t, map[wire.Kind]int{wire.Open: clients, wire.RST: clients}, kinds)
}

// fill writes until nothing more fits, and returns how much did.
func fill(tb testing.TB, c *net.TCPConn) (total int) {
	tb.Helper()
	for piece := make([]byte, 64<<10); ; {
		require.NoError(tb, c.SetWriteDeadline(time.Now().Add(time.Second/2)))
		n, err := c.Write(piece)
		total += n
		if err != nil {
			return total
		}
		require.Less(tb, total, 64<<20, "the relay takes everything: it has no back-pressure")
	}
}

// TestBackPressure checks that a side that does not read holds up the other,
// and that nothing is lost meanwhile.
func TestBackPressure(t *testing.T) {
	t.Parallel()
	tape := newTape()
	_, connect := setUp(t, tape.tap)
	client, server := connect()
	total := fill(t, client)
	tape.mu.Lock()
	require.Less(t, tape.bytes[Client][1].Len(), 8<<20, "the relay itself took too much")
	tape.mu.Unlock()
	require.NoError(t, client.CloseWrite())
	n, err := io.Copy(io.Discard, server)
	require.NoError(t, err)
	require.EqualValues(t, total, n, "everything arrives once it is read")
}

func TestRefused(t *testing.T) {
	t.Parallel()
	front, gone := listen(t), listen(t)
	gone.Close()
	tape := newTape()
	r := New(gone.Addr().String(), tape.tap)
	go r.Serve(front)
	c, err := net.Dial("tcp", front.Addr().String())
	if err == nil { // or the reset was quicker than the dial
		defer c.Close()
		_, err = c.Read(make([]byte, 1))
	}
	require.True(t, isReset(err), "a client that cannot be relayed is reset, not %v", err)
	tape.await(t, Server, wire.Refused)
	require.Zero(t, r.Active())
}

// TestHangUp ends a client that floods, one that is silent and one that never
// reads, and everything that comes later.
func TestHangUp(t *testing.T) {
	t.Parallel()
	r, connect := setUp(t, func(Passed) {})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	flooding, reader := connect()
	go io.Copy(io.Discard, reader)
	go func() {
		for ctx.Err() == nil {
			if _, err := flooding.Write(make([]byte, 4096)); err != nil {
				return
			}
		}
	}()
	_, silent := connect()
	stuck, _ := connect()
	fill(t, stuck)
	r.HangUp()
	require.Zero(t, r.Active())
	_, err := silent.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF, "the server sees a client that leaves")
}

// TestLeave half-closes for the clients and still passes on what the server
// says last.
func TestLeave(t *testing.T) {
	t.Parallel()
	r, connect := setUp(t, func(Passed) {})
	client, server := connect()
	_, err := client.Write([]byte("x")) // the session has begun when it arrives
	require.NoError(t, err)
	_, err = io.ReadFull(server, make([]byte, 1))
	require.NoError(t, err)
	r.Leave()
	_, err = server.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF, "the server sees that its client leaves")
	_, err = server.Write([]byte("last words"))
	require.NoError(t, err)
	server.Close()
	got, err := io.ReadAll(client)
	require.NoError(t, err)
	require.Equal(t, "last words", string(got))
	<-r.Idle()
}
