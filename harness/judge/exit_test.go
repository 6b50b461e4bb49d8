package judge

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExits(t *testing.T) {
	t.Parallel()
	c := Candidate{Texts: map[string]string{
		"echo.go": "package echo\n\nfunc f() {\n\tlog.Fatalf(\"%d\", 1)\n\tdefer os.Exit(2)\n}\n",
		"more.go": "package echo\n\nfunc g() { exit.Exit(1); os.Getpid() }\n",
	}}
	require.Equal(t, []string{"log.Fatalf at echo.go:4", "os.Exit at echo.go:5"}, exits(c))
}

func TestCannotStart(t *testing.T) {
	t.Parallel()
	const refusal = "fork/exec /tmp/nx/b001/echo.test: permission denied"
	require.Equal(t, refusal, cannotStart(refusal+"\nFAIL\tsocketkata/exercises/05-echo\t0.002s\n"))
	require.Empty(t, cannotStart("I cannot fork/exec this\n"))
}
