package subject_test

import (
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// runs starts a goroutine that never waits. The function it returns ends it.
func runs() (end func()) {
	over := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-over:
				return
			default:
			}
		}
	})
	return func() { close(over); wg.Wait() }
}

// TestRestOfABubble checks that in virtual time nobody outside the bubble counts: on
// a busy machine, who runs there may stand still while the bubble's hours pass.
func TestRestOfABubble(t *testing.T) {
	defer runs()()
	s, _ := here()
	require.False(t, s.AtRest())
	synctest.Test(t, func(t *testing.T) {
		require.True(t, s.AtRest())
		end := runs()
		require.False(t, s.AtRest())
		end()
		require.True(t, s.AtRest())
	})
}
