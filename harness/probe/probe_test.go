package probe

import (
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/terminal"
	"socketkata/harness/testrun"
)

func TestLoopbackTriesBothFamilies(t *testing.T) {
	t.Parallel()
	for address, want := range map[string][]string{
		"localhost:80":   {"127.0.0.1:80", "[::1]:80"},
		":80":            {"127.0.0.1:80", "[::1]:80"},
		"[::1]:80":       {"[::1]:80"},
		"127.0.0.2:http": {"127.0.0.2:80"},
	} {
		got, err := loopback(t.Context(), address)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

// TestEndedServerIsNamed: a server that dies in its last requirement has refused
// nobody, and what is skipped counts in no tier.
func TestEndedServerIsNamed(t *testing.T) {
	t.Parallel()
	result := judge.Result{Verdict: judge.Failed, Requirements: []judge.RequirementResult{
		{Requirement: catalog.Requirement{ID: "R1", Tier: catalog.Core, Sentence: "one"}, Status: judge.StatusPassed},
		{Requirement: catalog.Requirement{ID: "R2", Tier: catalog.Core, Sentence: "two"}, Status: judge.StatusSkipped, Skip: "it calls Echo"},
		{Requirement: catalog.Requirement{ID: "R3", Tier: catalog.Hardened, Sentence: "three"}, Status: judge.StatusPassed},
	}}
	shown := func(gone bool) string {
		var out strings.Builder
		show(&testrun.Runner{Screen: &terminal.Screen{Out: &out}}, &catalog.Exercise{Name: "05-echo", Slug: "echo", Number: 5}, result, gone)
		return out.String()
	}
	require.Contains(t, shown(true), "core 1/1 · hardened 1/1 · 1 skipped\n")
	require.Contains(t, shown(true), "The server has ended, during R3 or right after it.")
	require.NotContains(t, shown(false), "ended")

	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.False(t, ended(ln.Addr().String()))
	require.NoError(t, ln.Close())
	require.True(t, ended(ln.Addr().String()))
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
		show(&testrun.Runner{Screen: &terminal.Screen{Out: &out}}, nil, judge.Result{Verdict: verdict, Why: "the go command could not start"}, false)
		require.Equal(t, want, out.String())
	}
}
