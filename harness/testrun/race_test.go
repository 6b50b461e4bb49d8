package testrun

import (
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
)

// TestMerged: a race in the core is what the learner reads first, and the
// hardened requirement that failed before waits.
func TestMerged(t *testing.T) {
	t.Parallel()
	one := func(id string, status judge.Status) judge.RequirementResult {
		return judge.RequirementResult{Requirement: catalog.Requirement{ID: id}, Status: status}
	}
	before := judge.Result{Verdict: judge.Failed, Requirements: []judge.RequirementResult{
		one("R1", judge.StatusPassed), one("R2", judge.StatusPassed), one("R3", judge.StatusFailed), one("R4", judge.StatusNotReached)}}
	raced := judge.Result{Verdict: judge.Failed, Command: "go test -race", Requirements: []judge.RequirementResult{
		one("R1", judge.StatusPassed), one("R2", judge.StatusFailed)}}
	require.Equal(t, judge.Result{Verdict: judge.Failed, Command: "go test -race", Requirements: []judge.RequirementResult{
		one("R1", judge.StatusPassed), one("R2", judge.StatusFailed), one("R3", judge.StatusNotReached), one("R4", judge.StatusNotReached)}},
		merged(before, raced))
	require.Equal(t, judge.StatusFailed, before.Requirements[2].Status)
}
