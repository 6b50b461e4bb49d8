package contest

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/terminal"
)

func find(t *testing.T, name string) *catalog.Exercise {
	t.Helper()
	root, err := catalog.FindRoot(".")
	require.NoError(t, err)
	c, err := catalog.Open(root)
	require.NoError(t, err)
	e, err := c.Find(name)
	require.NoError(t, err)
	require.NoError(t, e.Check())
	return e
}

// quick is a contest that proves nothing and is soon over.
func quick(out *bytes.Buffer) Options {
	return Options{Screen: &terminal.Screen{Out: out, Err: out}, Pairs: 2, Segment: 50 * time.Millisecond}
}

// TestContest measures references against themselves: with one conn at a time,
// and with many.
func TestContest(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"echo", "concurrent", "chanmux"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := find(t, name)
			var out bytes.Buffer
			require.NoError(t, Run(t.Context(), quick(&out), e, judge.Reference(e)))
			for _, row := range []string{
				`(?m)^ +your server +the reference$`,
				`(?m)^messages a second +[1-9][0-9,]* +[1-9][0-9,]*$`,
				`(?m)^latency, median +[0-9.]+ ms +[0-9.]+ ms$`,
				`(?m)^latency, 99 % +[0-9.]+ ms +[0-9.]+ ms$`,
				`(?m)^processor per message +\S.* +\S.*$`,
				`Your server echoes [0-9.]+ times as many`,
			} {
				require.Regexp(t, row, out.String())
			}
			require.NotContains(t, out.String(), "conns failed", "every conn is served")
			for line := range strings.Lines(out.String()) {
				require.LessOrEqual(t, len([]rune(line)), 81, "%s", line)
			}
		})
	}
}

// TestNothingToMeasure: each reason is told in one sentence.
func TestNothingToMeasure(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		exercise  string
		candidate func(*catalog.Exercise) judge.Candidate
		why       string
	}{
		{"echo", judge.Stub, "05-echo: nothing is written yet, so there is nothing to measure: make test EX=05"},
		{"chat", judge.Reference, "10-chat: it is no echo server, and nothing else can be measured yet"},
		{"udpecho", judge.Reference, "08-udpecho: it is no echo server, and nothing else can be measured yet"},
		{"echo", mistake("one-read-per-client"), "05-echo: your server serves nobody: 1 × "},
	} {
		t.Run(c.exercise, func(t *testing.T) {
			t.Parallel()
			e := find(t, c.exercise)
			var out bytes.Buffer
			require.ErrorContains(t, Run(t.Context(), quick(&out), e, c.candidate(e)), c.why)
		})
	}
}

func mistake(name string) func(*catalog.Exercise) judge.Candidate {
	return func(e *catalog.Exercise) judge.Candidate {
		for _, m := range e.Mistakes {
			if m.Name == name {
				return judge.Answer(m.Answer)
			}
		}
		panic("there is no mistake " + name)
	}
}

// A canceler cancels when it is told the first figures.
type canceler struct{ cancel context.CancelFunc }

func (c canceler) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "after") {
		c.cancel()
	}
	return len(p), nil
}

// TestCancel: a contest that is interrupted ends, and so do its servers.
func TestCancel(t *testing.T) {
	t.Parallel()
	e := find(t, "concurrent")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := canceler{cancel}
	o := Options{Screen: &terminal.Screen{Out: out, Err: out}, Segment: 20 * time.Millisecond, Pairs: 100_000}
	require.ErrorIs(t, Run(ctx, o, e, mistake("logs-before-the-handler-has-ended")(e)), context.Canceled)
}
