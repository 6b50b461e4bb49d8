package peer_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
	"socketkata/harness/record"
	"socketkata/harness/wire"
)

// recordsOf runs the cases for records and returns theirs, by requirement and
// arena: "R1 memory".
func recordsOf(t *testing.T) map[string]record.Record {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-run=^TestRecord", "./testdata/cases")
	cmd.Env = append(os.Environ(), "KATA_SLOW=0.1", record.Dir+"="+dir)
	out, err := cmd.CombinedOutput()
	require.Error(t, err, "some of the cases fail")
	require.NotContains(t, string(out), "save the record")
	all, err := record.Read(dir)
	require.NoError(t, err)
	records := make(map[string]record.Record)
	for _, r := range all {
		records[r.Requirement+" "+r.Arena] = r
	}
	require.Len(t, records, 3+3+2+3, "one record for each script and arena\n%s", out)
	return records
}

// said returns what one side of a conn sent, and how its stream ended.
func said(r record.Record, conn string, side wire.Side) string {
	var text strings.Builder
	for _, e := range r.Events {
		if e.Conn != conn || e.From != side {
			continue
		}
		text.Write(e.Data)
		if e.Kind == wire.FIN {
			text.WriteString("|FIN")
		}
	}
	return text.String()
}

func TestRecords(t *testing.T) {
	t.Parallel()
	records := recordsOf(t)
	t.Run("passed", func(t *testing.T) { checkPassed(t, records) })
	t.Run("failed", func(t *testing.T) { checkFailed(t, records) })
	require.Equal(t, 301, records["R4 memory"].Figures.Goroutines, "Serve and one for each client")
	skipped := records["R3 virtual"]
	require.Equal(t, "no such thing here", skipped.Skipped)
	require.False(t, skipped.Passed)
	require.Nil(t, skipped.Failure)
	require.False(t, records["R6 memory"].Passed, "its process died")
	require.Equal(t, "?", said(records["R6 memory"], "client", wire.Subject))
}

func checkPassed(t *testing.T, records map[string]record.Record) {
	t.Helper()
	for _, arena := range []string{"memory", "virtual", "loopback"} {
		r := records["R1 "+arena]
		require.True(t, r.Passed)
		require.Equal(t, "two clients are served at once", r.Sentence)
		require.Nil(t, r.Failure)
		require.Empty(t, r.Goroutines)
		require.Equal(t, []record.Conn{
			{Name: "client", Harness: "client", Subject: "your server"},
			{Name: "client 2", Harness: "client 2", Subject: "your server"},
		}, r.Conns)
		require.Equal(t, "one|FIN", said(r, "client", wire.Harness))
		require.Equal(t, "one|FIN", said(r, "client", wire.Subject))
		require.Equal(t, "two!", said(r, "client 2", wire.Subject), "nothing of the bench's farewell")
		f := r.Figures
		require.Positive(t, f.Allocations)
		f.Allocations = 0
		require.Equal(t, record.Figures{ToSubject: 7, FromSubject: 7, Segments: 2, Conns: 2, Goroutines: 3}, f)
	}
	require.Positive(t, records["R1 loopback"].Elapsed)
}

// checkFailed looks at what only failures have.
func checkFailed(t *testing.T, records map[string]record.Record) {
	t.Helper()
	for _, arena := range []string{"memory", "virtual", "loopback"} {
		r := records["R2 "+arena]
		require.False(t, r.Passed)
		require.Equal(t, failure.Silence, r.Failure.Symptom)
		require.Len(t, r.Goroutines, 1)
		g := r.Goroutines[0]
		require.Equal(t, "it", g.Call, "the name of a function literal")
		require.Empty(t, g.Started)
		require.Contains(t, g.Where, "Drain at cases.go:")
		require.Contains(t, g.Stands, "blocked in io.Copy at cases.go:")
		require.NotEmpty(t, g.State)
		require.Contains(t, strings.Join(g.Frames, "\n"), "Drain cases.go:")
		require.NotContains(t, strings.Join(g.Frames, "\n"), "peer")
		require.NotContains(t, strings.Join(g.Frames, "\n"), "memnet")
	}
	leaked := records["R5 memory"]
	require.Equal(t, failure.Leak, leaked.Failure.Symptom)
	require.Len(t, leaked.Goroutines, 1)
	require.Contains(t, leaked.Goroutines[0].Started, "cases.go:")
	require.Empty(t, leaked.Goroutines[0].Call)
}
