package subject

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// TestStates looks from one goroutine of a package at what the others do.
func TestStates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := Here("socketkata/harness/subject", Before(), sync.NewCond(new(sync.Mutex)))
		require.Empty(t, s.States(), "the calling goroutine does not count")
		var mu sync.Mutex
		mu.Lock()
		stop := make(chan bool)
		go func() { <-stop }()
		synctest.Wait()
		require.Equal(t, []State{{"chan receive", true}}, s.States())
		go mu.Lock() // another bubble might unlock it
		var states []State
		for !slices.Contains(states, State{"sync.Mutex.Lock", false}) { // it needs a moment
			states = s.States()
		}
		require.ElementsMatch(t, []State{{"chan receive", true}, {"sync.Mutex.Lock", false}}, states)
		mu.Unlock()
		close(stop)
	})
}
