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
	_, alive := patient.look()
	require.True(t, alive, "a goroutine wants to run")
	require.False(t, patient.spent(patience*looks-1), "it has not had its time yet")
	require.True(t, patient.spent(patience*looks), "nothing goes on for ever")
	require.False(t, impatient.spent(looks-1), "the limit is not over")
	require.True(t, impatient.spent(looks), "it has had its time")
	over.Store(true)
	<-ended
	for alive { // as long as anything else in this process wants to run
		time.Sleep(time.Millisecond)
		_, alive = patient.look()
	}
}
