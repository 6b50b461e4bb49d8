package peer

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
)

// TestStandstillIsNoWait checks that a step does not count the time in which
// its process stood still, and that it counts all other time.
func TestStandstillIsNoWait(t *testing.T) {
	b := newBench(t, Loopback, failure.Failure{}, "socketkata/harness/peer/none", goroutines())
	b.mu.Lock()
	defer b.mu.Unlock()
	w := b.newWatch()
	now := w.moved.Add(time.Hour)
	require.False(t, w.over(now), "an hour went by in which nobody looked")
	for end := now.Add(b.stepLimit() - 3*w.every); now.Before(end); now = now.Add(w.every) {
		require.False(t, w.over(now), "the limit is not over")
	}
	now = now.Add(2 * w.every)
	for !w.over(now) { // as long as anything in this process wants to run
		now = now.Add(w.every)
		b.mu.Unlock()
		time.Sleep(time.Millisecond)
		b.mu.Lock()
	}
}

// TestTrafficBeginsAWaitAnew checks it for a wait that polls and for one that
// is told.
func TestTrafficBeginsAWaitAnew(t *testing.T) {
	b := newBench(t, Loopback, failure.Failure{}, "socketkata/harness/peer/none", goroutines())
	client, conn := b.Pair()
	defer b.hangUpEverywhere()
	defer b.closePairs()
	b.mu.Lock()
	w := b.newWatch()
	b.mu.Unlock()
	w.polls = true
	client.Send("x")
	_, err := io.ReadFull(conn, make([]byte, 1))
	require.NoError(t, err)
	now := w.moved.Add(time.Hour)
	b.mu.Lock()
	defer b.mu.Unlock()
	require.False(t, w.vain(now), "a byte has crossed")
	require.Equal(t, now, w.moved)
}
