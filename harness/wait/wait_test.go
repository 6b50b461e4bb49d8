package wait

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
	"socketkata/harness/subject"
)

// waiter returns one for a subject of which there is no code here.
func waiter() (w *Waiter, traffic *int64) {
	traffic = new(int64)
	changed := sync.NewCond(&sync.Mutex{})
	w = &Waiter{
		Subject: subject.Here("socketkata/harness/wait/none", nil, changed), Changed: changed,
		Traffic: func() int64 { return *traffic },
	}
	return w, traffic
}

// TestSuspensionIsNoWait checks that a step does not count the time in which
// its process was suspended, and that it counts all other time.
func TestSuspensionIsNoWait(t *testing.T) {
	w, _ := waiter()
	v := w.begin()
	now := v.moved.Add(time.Hour)
	require.False(t, v.over(now), "an hour went by in which nobody looked")
	for end := now.Add(w.Limit() - 3*v.every); now.Before(end); now = now.Add(v.every) {
		require.False(t, v.over(now), "the limit is not over")
	}
	now = now.Add(2 * v.every)
	for !v.over(now) { // as long as anything in this process wants to run
		now = now.Add(v.every)
		time.Sleep(time.Millisecond)
	}
}

// TestTrafficRestartsTheLimit checks it for a wait that polls.
func TestTrafficRestartsTheLimit(t *testing.T) {
	w, traffic := waiter()
	v := w.begin()
	v.polls = true
	*traffic++
	now := v.moved.Add(time.Hour)
	require.False(t, v.vain(now), "a byte has crossed")
	require.Equal(t, now, v.moved)
}

// TestEndedSubjectEndsTheWait checks that a wait for a subject that has ended
// ends long before the limit, and says what the call has returned.
func TestEndedSubjectEndsTheWait(t *testing.T) {
	w, _ := waiter()
	w.Changed.L.Lock()
	defer w.Changed.L.Unlock()
	began := time.Now()
	v := w.Until(func() bool { return false })
	require.NotNil(t, v)
	require.Less(t, time.Since(began), w.Limit())
	require.Nil(t, w.Until(func() bool { return true }))
}

// TestHopeIsLostWithThePanic checks it in virtual time, in which a wait for
// nothing would take an hour.
func TestHopeIsLostWithThePanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := waiter()
		w.Virtual = true
		w.Subject.Call("Serve", func() error { panic("index out of range") })
		began := time.Now()
		v := w.Poll(func() bool { return false })
		require.NotNil(t, v)
		require.Zero(t, time.Since(began))
		f := failure.Failure{Symptom: failure.Silence, Got: "silence"}
		require.Zero(t, v.Explain(&f))
		require.Equal(t, failure.Panic, f.Symptom)
		require.Equal(t, "panic: index out of range", f.Got)
		require.Equal(t, []string{"Serve panicked"}, f.Code)
	})
}

// TestRestLeavesOutLocks checks that a failure in virtual time is written down only
// when the others have run, even if one of them waits for a mutex.
func TestRestLeavesOutLocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		mu.Lock()
		var ran atomic.Bool
		go func() {
			mu.Lock()
			mu.Unlock()
		}()
		go func() {
			for range 1000 {
				runtime.Gosched()
			}
			ran.Store(true)
		}()
		new(Waiter).Rest()
		require.True(t, ran.Load())
		mu.Unlock()
	})
}

// TestSettleLeavesOutLocks checks that a goroutine which waits for a mutex keeps
// nothing else from being waited for.
func TestSettleLeavesOutLocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := waiter()
		w.Virtual, w.Locks = true, true
		var mu sync.Mutex
		mu.Lock()
		var locked, ran atomic.Bool
		go func() {
			mu.Lock()
			locked.Store(true)
		}()
		go func() {
			for range 1000 {
				runtime.Gosched()
			}
			ran.Store(true)
		}()
		w.Settle()
		require.True(t, ran.Load(), "the other goroutine could run")
		require.Nil(t, w.Poll(ran.Load))
		mu.Unlock()
		w.Settle()
		require.True(t, locked.Load(), "the mutex is free")
	})
}
