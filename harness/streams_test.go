package harness_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/nettest"

	"socketkata/harness/memnet"
	"socketkata/harness/peer"
	streams "socketkata/solutions/17-streams"
)

var streamSizes = streams.Options{Limit: 64 << 10, High: 64 << 10, Low: 16 << 10}

// TestStreamIsAConn has the reference of 17-streams, made into a net.Conn by an
// adapter of a few lines, pass nettest. The exercise's own tests link no nettest.
func TestStreamIsAConn(t *testing.T) {
	t.Parallel()
	for name, pair := range map[string]func() (net.Conn, net.Conn, error){"memory": memoryPair, "loopback": loopbackPair} {
		t.Run(name, func(t *testing.T) {
			nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
				a, b, err := pair()
				if err != nil {
					return nil, nil, nil, err
				}
				c1, c2 = newStreamConn(a), newStreamConn(b)
				return c1, c2, func() { c1.Close(); c2.Close(); a.Close(); b.Close() }, nil
			})
		})
	}
}

func memoryPair() (net.Conn, net.Conn, error) {
	a, b := memnet.Pair()
	return a, b, nil
}

func loopbackPair() (net.Conn, net.Conn, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer ln.Close()
	a, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	b, err := ln.Accept()
	return a, b, err
}

// A streamConn is a conn over a Stream: its deadlines become contexts.
type streamConn struct {
	net.Conn      // for the addresses
	s             *streams.Stream
	reading       sync.Mutex // nettest reads concurrently
	read, written expiry
}

func newStreamConn(c net.Conn) net.Conn {
	return &streamConn{Conn: c, s: streams.New(c, streamSizes)}
}

func (c *streamConn) Read(p []byte) (int, error) {
	ctx := c.read.context()
	c.reading.Lock()
	defer c.reading.Unlock()
	n, err := c.s.Read(ctx, p)
	return n, asTimeout(err)
}

func (c *streamConn) Write(p []byte) (int, error) {
	ctx := c.written.context()
	if ctx.Err() != nil {
		return 0, os.ErrDeadlineExceeded
	}
	if err := c.s.Write(p); err != nil {
		return 0, err
	}
	return len(p), asTimeout(c.s.Drain(ctx))
}

func (c *streamConn) Close() error { return c.s.Close() }

func (c *streamConn) SetReadDeadline(t time.Time) error  { c.read.set(t); return nil }
func (c *streamConn) SetWriteDeadline(t time.Time) error { c.written.set(t); return nil }
func (c *streamConn) SetDeadline(t time.Time) error {
	c.read.set(t)
	c.written.set(t)
	return nil
}

func asTimeout(err error) error {
	if errors.Is(err, context.Canceled) {
		return os.ErrDeadlineExceeded
	}
	return err
}

// An expiry is a deadline that can be moved. Its context is canceled when it has
// passed, and then replaced if it is moved.
type expiry struct {
	mu     sync.Mutex
	ctx    context.Context
	cancel context.CancelFunc
	timer  *time.Timer
}

func (e *expiry) context() context.Context {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ctx == nil {
		e.ctx, e.cancel = context.WithCancel(context.Background())
	}
	return e.ctx
}

func (e *expiry) set(t time.Time) {
	e.context()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.timer != nil {
		e.timer.Stop()
	}
	if e.ctx.Err() != nil {
		e.ctx, e.cancel = context.WithCancel(context.Background())
	}
	if !t.IsZero() {
		e.timer = time.AfterFunc(time.Until(t), e.cancel)
	}
	if !t.IsZero() && !time.Now().Before(t) {
		e.cancel()
	}
}

const asyncioLines = `import asyncio, sys
async def talk(r, w):
    n = int(await r.readline())
    body = await r.readexactly(n)
    end = await r.readuntil(b'=\r\n')
    rest = await r.read()
    w.write(b'%d %r %r\n' % (len(body), end, rest))
    w.write(body)
    w.write_eof()
    await w.drain()
    w.close()
    await w.wait_closed()
`

const asyncioTalk = "7654321\n%sNIL=\r\nrest"

// TestAsyncioStreams has the reference of 17-streams talk to Python's asyncio, as
// the client of its server and as the server of its client: lines, a body larger
// than all limits, a separator, a half-close and what comes after it.
func TestAsyncioStreams(t *testing.T) {
	t.Parallel()
	body := peer.Numbered(7654321)
	t.Run("server", func(t *testing.T) {
		t.Parallel()
		addr := server{name: "asyncio", command: []string{"python3", "-c", asyncioLines +
			"async def main():\n    s = await asyncio.start_server(talk, '127.0.0.1', 0)\n" +
			"    print('127.0.0.1:%d' % s.sockets[0].getsockname()[1], flush=True)\n    await s.serve_forever()\nasyncio.run(main())\n"}}.start(t)
		c, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		s := streams.New(c, streamSizes)
		require.NoError(t, s.Write([]byte(strings.Replace(asyncioTalk, "%s", body, 1))))
		require.NoError(t, s.Drain(t.Context()))
		require.NoError(t, s.WriteEOF())
		line, err := s.ReadLine(t.Context())
		require.NoError(t, err)
		require.Equal(t, "7654321 b'NIL=\\r\\n' b'rest'\n", string(line))
		back, err := s.ReadExactly(t.Context(), len(body))
		require.NoError(t, err)
		require.True(t, body == string(back), "the body comes back as it was")
		_, err = s.ReadLine(t.Context())
		require.ErrorIs(t, err, io.EOF)
		require.NoError(t, s.Close())
		require.NoError(t, s.Closed(t.Context()))
	})
	t.Run("client", func(t *testing.T) {
		t.Parallel()
		python, err := exec.LookPath("python3")
		if err != nil {
			t.Skip("python3 is not installed")
		}
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer ln.Close()
		cmd := exec.CommandContext(t.Context(), python, "-c", asyncioLines+
			"async def main():\n    await talk(*await asyncio.open_connection('127.0.0.1', int(sys.argv[1])))\nasyncio.run(main())\n",
			ln.Addr().String()[len("127.0.0.1:"):])
		said := new(strings.Builder)
		cmd.Stderr = said
		require.NoError(t, cmd.Start())
		c, err := ln.Accept()
		require.NoError(t, err)
		s := streams.New(c, streamSizes)
		require.NoError(t, s.Write([]byte(strings.Replace(asyncioTalk, "%s", body, 1))))
		require.NoError(t, s.WriteEOF())
		line, err := s.ReadUntil(t.Context(), []byte("'rest'\n"))
		require.NoError(t, err)
		require.Equal(t, "7654321 b'NIL=\\r\\n' b'rest'\n", string(line))
		back, err := s.ReadExactly(t.Context(), len(body))
		require.NoError(t, err)
		require.True(t, body == string(back), "the body comes back as it was")
		_, err = s.Read(t.Context(), make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
		require.NoError(t, s.Close())
		require.NoError(t, s.Closed(t.Context()))
		require.NoError(t, cmd.Wait(), said.String())
	})
}
