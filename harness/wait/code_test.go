package wait

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTellingSentencesComeFirst: what does not fit into a failure is what says
// least.
func TestTellingSentencesComeFirst(t *testing.T) {
	for line, want := range map[string]int{
		"Run is blocked (select) at echo.go:9":               0,
		"a goroutine is running at echo.go:2":                1,
		"a goroutine is blocked in Lock at echo.go:3":        1,
		"a goroutine is blocked in Write at echo.go:4":       2,
		"a goroutine is blocked in Read at echo.go:5":        3,
		"a goroutine is blocked in Accept at echo.go:6":      4,
		"a goroutine is blocked (chan receive) at echo.go:1": 5,
		"a goroutine is blocked in Wait at echo.go:1 for 3s": 5,
	} {
		require.Equal(t, want, rank(line), line)
	}
}
