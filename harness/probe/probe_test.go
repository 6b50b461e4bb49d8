package probe

import (
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/judge"
	"socketkata/harness/terminal"
	"socketkata/harness/testrun"
)

func TestPreferredIsIPv4(t *testing.T) {
	t.Parallel()
	six, four := net.IPAddr{IP: net.IPv6loopback}, net.IPAddr{IP: net.IPv4(127, 0, 0, 1)}
	require.Equal(t, "127.0.0.1", preferred([]net.IPAddr{six, four}))
	require.Equal(t, "::1", preferred([]net.IPAddr{six}))
}

// TestProbeSaysWhyNothingRan: a list of requirements that were not reached
// would hide what went wrong.
func TestProbeSaysWhyNothingRan(t *testing.T) {
	t.Parallel()
	for verdict, want := range map[judge.Verdict]string{
		judge.HarnessBroken: "harness broken: the go command could not start\n",
		judge.NothingRan:    "nothing ran: the go command could not start\n",
	} {
		var out strings.Builder
		show(&testrun.Runner{Screen: &terminal.Screen{Out: &out}}, nil, judge.Result{Verdict: verdict, Why: "the go command could not start"})
		require.Equal(t, want, out.String())
	}
}
