package load

import (
	"context"
	"io"
	"net"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/errno"
)

// serve serves each client with handle and returns the address.
func serve(t *testing.T, handle func(c net.Conn)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				handle(c)
			}()
		}
	}()
	return ln.Addr().String()
}

func echo(c net.Conn) { io.Copy(struct{ io.Writer }{c}, struct{ io.Reader }{c}) }

// closedLoops are the drivers of a closed loop: that of this system and the one
// that runs everywhere.
var closedLoops = map[string]driver{"this system": closedLoop, "goroutines": goroutines}

func TestClosedLoop(t *testing.T) {
	t.Parallel()
	addr := serve(t, echo)
	for name, drive := range closedLoops {
		for _, p := range []Plan{
			{Conns: 1, Size: 1, Pipeline: 1, For: 300 * time.Millisecond},
			{Conns: 20, Size: 64, Pipeline: 1, Warmup: 20 * time.Millisecond, For: 300 * time.Millisecond},
			{Conns: 3, Size: 5000, Pipeline: 16, For: 300 * time.Millisecond},
		} {
			p.Addr = addr
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r, err := load(t.Context(), p, drive)
				require.NoError(t, err)
				require.Empty(t, r.Errors) // so each conn had an answer
				require.Equal(t, r.Messages, r.Latency.TotalCount())
				require.Equal(t, float64(r.Messages)/0.3, r.PerSecond())
			})
		}
	}
}

// TestPieces: answers in pieces are complete with their last piece, and nothing
// counts before the end of the warm-up.
func TestPieces(t *testing.T) {
	t.Parallel()
	const pause, conns, pipeline = 20 * time.Millisecond, 4, 3
	addr := serve(t, func(c net.Conn) {
		buf := make([]byte, 10*pipeline)
		for {
			if _, err := io.ReadFull(c, buf); err != nil {
				return
			}
			c.Write(buf[:1])
			time.Sleep(pause) // what is measured
			c.Write(buf[1:])
		}
	})
	for name, drive := range closedLoops {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := load(t.Context(), Plan{Addr: addr, Conns: conns, Size: 10, Pipeline: pipeline, Warmup: time.Second, For: time.Second}, drive)
			require.NoError(t, err)
			require.Empty(t, r.Errors)
			require.Positive(t, r.Messages)
			require.LessOrEqual(t, r.Messages, conns*pipeline*int64(1+time.Second/pause))
			require.Greater(t, r.Latency.Min(), int64(pause*98/100), "two digits")
		})
	}
}

// TestEndsByReset: no port is left in TIME_WAIT.
func TestEndsByReset(t *testing.T) {
	t.Parallel()
	for name, drive := range closedLoops {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ended := make(chan error, 1)
			addr := serve(t, func(c net.Conn) {
				_, err := io.Copy(struct{ io.Writer }{c}, struct{ io.Reader }{c})
				ended <- err
			})
			_, err := load(t.Context(), Plan{Addr: addr, Conns: 1, Size: 64, Pipeline: 1, For: 20 * time.Millisecond}, drive)
			require.NoError(t, err)
			require.True(t, errno.Is(<-ended, syscall.ECONNRESET))
		})
	}
}

// TestOpenLoop: the messages have their times, and there are as many as the rate
// says.
func TestOpenLoop(t *testing.T) {
	t.Parallel()
	r, err := Echo(t.Context(), Plan{Addr: serve(t, echo), Conns: 10, Size: 64, Pipeline: 100, Rate: 500, For: 400 * time.Millisecond})
	require.NoError(t, err)
	require.Empty(t, r.Errors)
	require.Positive(t, r.Messages)
	require.LessOrEqual(t, r.Messages, int64(200), "500 a second")
}

// TestPause: a server pauses once. In an open loop every message of that time
// was late, though most could be sent only after it. A closed loop has one late
// message in each tenth of a second at most.
func TestPause(t *testing.T) {
	t.Parallel()
	const pause = 400 * time.Millisecond
	late := func(rate float64) int64 {
		var paused atomic.Bool
		addr := serve(t, func(c net.Conn) {
			buf := make([]byte, 1000)
			for {
				n, err := c.Read(buf)
				if err != nil {
					return
				}
				if paused.CompareAndSwap(false, true) {
					time.Sleep(pause) // the pause is what is measured
				}
				c.Write(buf[:n])
			}
		})
		r, err := Echo(t.Context(), Plan{Addr: addr, Conns: 1, Size: 10, Pipeline: 1, Rate: rate, For: 3 * pause})
		require.NoError(t, err)
		var n int64
		for _, bar := range r.Latency.Distribution() {
			if time.Duration(bar.From) > pause/4 {
				n += bar.Count
			}
		}
		return n
	}
	require.Greater(t, late(1000), int64(200), "a thousand messages a second were due during the pause")
	require.LessOrEqual(t, late(0), int64(12), "one after the other")
}

// TestFailures counts conns by what happened to them.
func TestFailures(t *testing.T) {
	t.Parallel()
	for kind, handle := range map[string]func(c net.Conn){
		"closed":      func(c net.Conn) { io.ReadFull(c, make([]byte, 64)) },
		"reset":       func(c net.Conn) { io.ReadFull(c, make([]byte, 1)); c.(*net.TCPConn).SetLinger(0) },
		"no answer":   func(c net.Conn) { io.Copy(io.Discard, c) },
		"wrong bytes": func(c net.Conn) { io.ReadFull(c, make([]byte, 64)); c.Write(make([]byte, 64)); io.Copy(io.Discard, c) },
	} {
		check := func(name string, rate float64, drive driver) {
			t.Run(kind+", "+name, func(t *testing.T) {
				t.Parallel()
				r, err := load(t.Context(), Plan{Addr: serve(t, handle), Conns: 3, Size: 64, Pipeline: 1, Rate: rate, For: 200 * time.Millisecond}, drive)
				require.NoError(t, err)
				require.Equal(t, map[string]int{kind: 3}, r.Errors)
				require.Equal(t, 3, r.Failed())
			})
		}
		for name, drive := range closedLoops {
			check(name, 0, drive)
		}
		check("open loop", 14, goroutines) // one message each: a second one might be reset
	}
}

// endsWith serves some messages of 64 bytes, and then last the next one.
func endsWith(last func(c net.Conn, message []byte)) func(c net.Conn) {
	return func(c net.Conn) {
		buf := make([]byte, 64)
		for range 5 {
			io.ReadFull(c, buf)
			c.Write(buf)
		}
		io.ReadFull(c, buf)
		last(c, buf)
		io.Copy(io.Discard, c)
	}
}

// TestEndsAfterAnswers: after some answers, a FIN within an answer or beside it
// counts as "closed", RST as "reset". The load ends with the last conn.
func TestEndsAfterAnswers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kind string
		last func(c net.Conn, message []byte)
	}{
		"half an answer":   {"closed", func(c net.Conn, m []byte) { c.Write(m[:10]); c.(*net.TCPConn).CloseWrite() }},
		"a whole answer":   {"closed", func(c net.Conn, m []byte) { c.Write(m); c.(*net.TCPConn).CloseWrite() }},
		"a reset":          {"reset", func(c net.Conn, m []byte) { c.(*net.TCPConn).SetLinger(0); c.Close() }},
		"a changed letter": {"wrong bytes", func(c net.Conn, m []byte) { m[63]++; c.Write(m) }},
	} {
		for by, drive := range closedLoops {
			t.Run(name+", "+by, func(t *testing.T) {
				t.Parallel()
				r, err := load(t.Context(), Plan{Addr: serve(t, endsWith(test.last)), Conns: 3, Size: 64, Pipeline: 1, For: time.Hour}, drive)
				require.NoError(t, err)
				require.Equal(t, map[string]int{test.kind: 3}, r.Errors)
			})
		}
	}
}

// TestNobodyThere and TestCancel end early.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, ln.Close())
	_, err = Echo(t.Context(), Plan{Addr: ln.Addr().String(), Conns: 2, Size: 1, Pipeline: 1, For: time.Hour})
	require.ErrorContains(t, err, "dial conn 1 of 2: ")
}

func TestCancel(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{0, 1} {
		ctx, cancel := context.WithCancel(t.Context())
		addr := serve(t, func(c net.Conn) {
			io.ReadFull(c, make([]byte, 1))
			cancel()
			io.Copy(io.Discard, c)
		})
		_, err := Echo(ctx, Plan{Addr: addr, Conns: 2, Size: 1, Pipeline: 1, Rate: rate, For: time.Hour})
		require.ErrorIs(t, err, context.Canceled)
	}
}

// TestSaturated: a generator of goroutines on one processor says so if it needed
// all of it.
func TestSaturated(t *testing.T) {
	processors := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(processors)
	addr := serve(t, echo) // on the same processor
	r, err := load(t.Context(), Plan{Addr: addr, Conns: 50, Size: 64, Pipeline: 1000, For: 300 * time.Millisecond}, goroutines)
	require.NoError(t, err)
	busy := r.Own > 270*time.Millisecond // else the machine had no processor for it
	require.Equal(t, busy, r.Saturated != "", "%v of 300ms: %q", r.Own, r.Saturated)
}
