package load

import (
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestThrottled: a generator that looks for answers only when the server has sent
// all of them says that the server waited for it.
func TestThrottled(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2)) // one loop
	const conns = 50
	var echoed atomic.Int64
	addr := serve(t, func(c net.Conn) {
		buf := make([]byte, 64)
		for {
			if _, err := io.ReadFull(c, buf); err != nil {
				return
			}
			c.Write(buf)
			echoed.Add(1)
		}
	})
	next := int64(conns)
	throttle := func() {
		giveUp := time.Now().Add(patience / 10) // an answer was late, and so its conn has sent nothing
		for echoed.Load() < next && time.Now().Before(giveUp) {
			time.Sleep(time.Millisecond)
		}
		next = echoed.Load() + conns
	}
	r, err := Echo(t.Context(), Plan{Addr: addr, Conns: conns, Size: 64, Pipeline: 1, For: time.Second, throttle: throttle})
	require.NoError(t, err)
	require.Empty(t, r.Errors)
	require.Contains(t, r.Saturated, "the server waited for the load generator")
}

// TestNotSaturated: nobody waited for the generator if there was never more than
// one answer to read.
func TestNotSaturated(t *testing.T) {
	t.Parallel()
	var one sync.Mutex
	addr := serve(t, func(c net.Conn) {
		buf := make([]byte, 64)
		_, err := io.ReadFull(c, buf)
		for err == nil {
			one.Lock()
			time.Sleep(time.Millisecond) // this process has a processor to spare
			c.Write(buf)
			_, err = io.ReadFull(c, buf) // so the answer has been read
			one.Unlock()
		}
	})
	r, err := Echo(t.Context(), Plan{Addr: addr, Conns: 10, Size: 64, Pipeline: 1, For: time.Second})
	require.NoError(t, err)
	require.Empty(t, r.Errors)
	require.Empty(t, r.Saturated)
}

// TestLongMessage: what the sockets do not take at once is sent later, and not
// only when an answer has come.
func TestLongMessage(t *testing.T) {
	t.Parallel()
	const size = 16 << 20
	addr := serve(t, func(c net.Conn) {
		c.(*net.TCPConn).SetReadBuffer(64 << 10)
		buf := make([]byte, size)
		for {
			if _, err := io.ReadFull(c, buf); err != nil {
				return
			}
			c.Write(buf)
		}
	})
	r, err := Echo(t.Context(), Plan{Addr: addr, Conns: 1, Size: size, Pipeline: 2, For: 100 * time.Millisecond})
	require.NoError(t, err)
	require.Empty(t, r.Errors)
}

// TestTwice: more bytes than were sent are wrong ones.
func TestTwice(t *testing.T) {
	t.Parallel()
	addr := serve(t, endsWith(func(c net.Conn, m []byte) { c.Write(append(m, m...)) }))
	r, err := Echo(t.Context(), Plan{Addr: addr, Conns: 3, Size: 64, Pipeline: 1, For: time.Hour})
	require.NoError(t, err)
	require.Equal(t, map[string]int{"wrong bytes": 3}, r.Errors)
}

// TestNoAllocations: a loop that allocates would measure its own pauses.
func TestNoAllocations(t *testing.T) {
	addr := serve(t, echo)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := Echo(t.Context(), Plan{Addr: addr, Conns: 10, Size: 64, Pipeline: 1, For: 300 * time.Millisecond})
	require.NoError(t, err)
	runtime.ReadMemStats(&after)
	require.Less(t, after.Mallocs-before.Mallocs, uint64(2000+r.Messages/10), "%d messages", r.Messages)
}
