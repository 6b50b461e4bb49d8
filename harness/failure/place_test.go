package failure_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
)

// found finds the learner's one file.
func found(file string) string {
	if file != "echo.go" {
		return ""
	}
	return "exercises/05-echo/echo.go"
}

func TestTextLengthensPlaces(t *testing.T) {
	f := halfClose()
	f.Got = "2 goroutines are left, all started at echo.go:7"
	f.Want = `"at echo.go:21"`
	f.Code = []string{
		"Serve returned nil (echo.go:21)",
		"Serve is blocked in Accept at echo.go:29 for 5s, and a file that is not theirs at pipe.go:3",
		`handle returned the error "read \"x\" at echo.go:21"`,
		"RoundTrip is in a function of the test, which is called at echo.go:52",
		"at x/echo.go:5, at myecho.go:5",
	}
	o := options()
	o.Place = found
	requireText(t, `
  ✗ R3  the echo still arrives after the client half-closed

        got   2 goroutines are left, all started at exercises/05-echo/echo.go:7
        want  "at echo.go:21"
        your code: Serve returned nil (exercises/05-echo/echo.go:21)
                   Serve is blocked in Accept at exercises/05-echo/echo.go:29
                   for 5s, and a file that is not theirs at pipe.go:3
                   handle returned the error "read \"x\" at echo.go:21"
                   RoundTrip is in a function of the test, which is called
                   at exercises/05-echo/echo.go:52
                   at x/echo.go:5, at myecho.go:5

        client                       your server
          │── "ping\n" ─────────────▶│   0.1ms
          │── FIN ──────────────────▶│   0.1ms
          │◀────────────────── FIN ──│   0.2ms

        likely cause: closing on the client's FIN before the reply is written
        contract: exercises/05-echo/README.md R3 · hint: make hint EX=05
`, f.Text(o))
}

func TestTextOfAStubSaysWhereTheFileIs(t *testing.T) {
	f := failure.Failure{Requirement: "R1", Sentence: "one", Stub: "not written", File: "exercises/05-echo/echo.go"}
	here := func(string) string { return "echo.go" }
	require.Contains(t, f.Text(failure.Options{Place: here}), "edit:     echo.go\n")
	gone := func(string) string { return "" }
	require.Contains(t, f.Text(failure.Options{Place: gone}), "edit:     exercises/05-echo/echo.go\n")
}
