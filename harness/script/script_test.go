package script

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
	"socketkata/harness/subject"
	"socketkata/harness/traceback"
)

// A reading program reads a byte now and then, each by a call to this process,
// until it has read all.
type reading struct {
	subject.Program
	asked, all atomic.Int64
}

func (p *reading) Gone() <-chan struct{}                                  { return nil }
func (p *reading) Died() string                                           { return "" }
func (p *reading) CPUTime() time.Duration                                 { return 0 }
func (p *reading) Goroutines() ([]traceback.Goroutine, map[uint64]string) { return nil, nil }
func (p *reading) BytesRead() int64                                       { return min(p.asked.Add(1), p.all.Load()) }

// TestSlowReaderIsNotSilent waits for a subject in a process of its own that
// takes longer than a step may wait, but reads all the time: each byte costs it
// a call across processes. Once it reads no more, the wait ends.
func TestSlowReaderIsNotSilent(t *testing.T) {
	t.Setenv("KATA_SLOW", "0.1") // a step waits for half a second
	program := new(reading)
	program.all.Store(1 << 40)
	var mu sync.Mutex
	changed := sync.NewCond(&mu)
	away, err := subject.Away("none", func(string) (subject.Program, error) { return program, nil }, changed)
	require.NoError(t, err)
	s := New(t, failure.Failure{Arena: failure.Process}, "none", away, changed)
	long := time.Now().Add(3 * s.Limit())
	require.Nil(t, s.waiter.Poll(func() bool { return time.Now().After(long) }), "it still reads")
	program.all.Store(0)
	require.NotNil(t, s.waiter.Poll(func() bool { return false }), "it reads no more")
}
