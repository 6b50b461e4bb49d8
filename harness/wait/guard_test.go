package wait

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/leak"
)

// TestGuardKnowsABusyMachine checks that a script whose code wants to run is
// given processor time, not time of the clock, and that no other is.
func TestGuardKnowsABusyMachine(t *testing.T) {
	used, known := leak.CPUTime()
	if !known {
		t.Skip("this platform does not tell how much processor time was used")
	}
	var over atomic.Bool
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for !over.Load() {
			runtime.Gosched()
		}
	}()
	patient, impatient := &Guard{limit: time.Hour, begun: used}, &Guard{begun: used}
	require.True(t, patient.alive(), "a goroutine wants to run")
	require.False(t, patient.spent(patience*looks-1), "it has not had its time yet")
	require.True(t, patient.spent(patience*looks), "nothing goes on for ever")
	require.False(t, impatient.spent(looks-1), "the limit is not over")
	require.True(t, impatient.spent(looks), "it has had its time")
	over.Store(true)
	<-ended
	for patient.alive() { // as long as anything else in this process wants to run
		time.Sleep(time.Millisecond)
		patient.used, _ = leak.CPUTime()
	}
}

// TestNobodyWaitsForTheGuard checks that a guard which looks all the time, as it does
// when looks take long, does not keep the others from being at rest.
func TestNobodyWaitsForTheGuard(t *testing.T) {
	w, _ := waiter()
	for !w.Subject.AtRest() { // as long as anything else in this process runs
		time.Sleep(time.Millisecond)
	}
	ticks, done := make(chan time.Time, patience*looks-1), make(chan struct{})
	for range cap(ticks) {
		ticks <- time.Time{}
	}
	g := &Guard{limit: time.Hour}
	g.begun, _ = leak.CPUTime()
	go g.watch(ticks, done)
	defer close(done)
	for len(ticks) == cap(ticks) { // until it looks
		runtime.Gosched()
	}
	for len(ticks) > 0 {
		require.True(t, w.Subject.AtRest())
	}
}
