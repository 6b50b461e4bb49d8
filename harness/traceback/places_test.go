package traceback

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRaceInATestHasAPlace reads a report about a wrapper of the test, once
// called by the candidate and once by the bench.
func TestRaceInATestHasAPlace(t *testing.T) {
	const pkg = "socketkata/exercises/05-echo"
	report := `==================
WARNING: DATA RACE
Write at 0x00c000012345 by goroutine 7:
  socketkata/exercises/05-echo_test.(*watched).Read()
      /repo/exercises/05-echo/echo_test.go:99 +0x10
  socketkata/harness/endpoint.(*Stream).readAll()
      /repo/harness/endpoint/stream.go:88 +0x20

Previous read at 0x00c000012345 by goroutine 9:
  socketkata/exercises/05-echo_test.(*watched).Read()
      /repo/exercises/05-echo/echo_test.go:98 +0x10
  socketkata/exercises/05-echo.serveClient()
      /repo/exercises/05-echo/echo.go:21 +0x20

==================
`
	require.Equal(t, []string{"write in watched.Read at echo_test.go:99", "previous read in serveClient at echo.go:21"}, RacePlaces(pkg, report))
}
