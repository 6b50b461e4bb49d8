package wait

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
	"socketkata/harness/leak"
	"socketkata/harness/slow"
	"socketkata/harness/subject"
	"socketkata/harness/traceback"
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
	w.Changed.L.Lock()
	defer w.Changed.L.Unlock()
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
	w.Changed.L.Lock()
	defer w.Changed.L.Unlock()
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
	v := w.Until(func() bool { return false })
	require.NotNil(t, v)
	require.Less(t, v.samples, int(limit/sampleEvery))
	require.Nil(t, w.Until(func() bool { return true }))
}

// TestEndedSubjectLeavesTimeToRead checks that a wait for a subject that has ended
// goes on as long as others want to run: the bench's own reader may be late.
func TestEndedSubjectLeavesTimeToRead(t *testing.T) {
	t.Setenv(slow.Variable, "0.1")
	w, _ := waiter()
	w.Changed.L.Lock()
	defer w.Changed.L.Unlock()
	read := false
	go func() {
		for began := time.Now(); time.Since(began) < 2*idleSamples*slow.Stretch(sampleEvery); {
		}
		w.Changed.L.Lock()
		defer w.Changed.L.Unlock()
		read = true
		w.Changed.Broadcast()
	}()
	require.Nil(t, w.Until(func() bool { return read }))
}

// A workingProgram has used all the time of a wait when that asks at its end.
type workingProgram struct {
	subject.Program
	used    time.Duration
	traffic *int64
}

func (p *workingProgram) Gone() <-chan struct{}                                  { return nil }
func (p *workingProgram) BytesRead() int64                                       { return 0 }
func (p *workingProgram) Goroutines() ([]traceback.Goroutine, map[uint64]string) { return nil, nil }

func (p *workingProgram) CPUTime() time.Duration {
	defer func() { p.used += time.Hour; *p.traffic++ }()
	return p.used
}

// TestWaitAsksOnceMore checks that what happens while a wait looks whether it is over
// is not missed.
func TestWaitAsksOnceMore(t *testing.T) {
	t.Setenv("KATA_ARENA", "process")
	t.Setenv(slow.Variable, "0.01")
	working := func() (*Waiter, *workingProgram) {
		w, traffic := waiter()
		p := &workingProgram{traffic: traffic}
		away, err := subject.Away("none", func(string) (subject.Program, error) { return p, nil }, w.Changed)
		require.NoError(t, err)
		w.Subject = away
		return w, p
	}
	w, p := working()
	w.Traffic = func() int64 { return 0 }
	require.Nil(t, w.Poll(func() bool { return p.used > time.Hour }))

	w, p = working()
	w.Traffic = func() int64 { return 0 }
	w.Changed.L.Lock()
	require.Nil(t, w.Until(func() bool { return p.used > time.Hour }))
	w.Changed.L.Unlock()

	w, p = working()
	w.Changed.L.Lock()
	defer w.Changed.L.Unlock()
	v := w.begin()
	v.traffic = *p.traffic
	require.False(t, v.vain(v.moved.Add(2*v.every)), "the limit is not over")
	v.looked = v.moved.Add(v.limit)
	require.False(t, v.vain(v.looked), "something has crossed the network")
}

// TestWhoWaitsForTheLockIsHeard checks that a wait which seems over lets those go on
// that have something to tell and wait for the lock.
func TestWhoWaitsForTheLockIsHeard(t *testing.T) {
	w, _ := waiter()
	w.Changed.L.Lock()
	defer w.Changed.L.Unlock()
	v, told := w.begin(), false
	go func() {
		w.Changed.L.Lock()
		defer w.Changed.L.Unlock()
		told = true
	}()
	for !slices.ContainsFunc(traceback.Goroutines(), traceback.Goroutine.Locks) || leak.ThreadRuns() {
		time.Sleep(time.Millisecond)
	}
	v.looked = v.moved.Add(v.limit)
	require.True(t, !v.vain(v.looked) || told)
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
