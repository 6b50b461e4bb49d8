package contest

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/load"
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
func quick(t *testing.T, out io.Writer) Options {
	return Options{Screen: &terminal.Screen{Out: out, Err: out}, File: filepath.Join(t.TempDir(), "new", "bench.html"), Pairs: enough, Segment: 50 * time.Millisecond}
}

// TestContest measures references against themselves: with one conn at a time,
// and with many.
func TestContest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		exercise string
		points   int // one for each server and number of conns
	}{{"echo", 2}, {"concurrent", 8}, {"relay", 8}, {"chanmux", 8}} {
		t.Run(c.exercise, func(t *testing.T) {
			t.Parallel()
			e := find(t, c.exercise)
			var out bytes.Buffer
			o := quick(t, &out)
			require.NoError(t, Run(t.Context(), o, e, judge.Reference(e)))
			for _, row := range []string{
				`(?m)^ +messages +latency +latency +processor +memory per$`,
				`(?m)^your server +[1-9][0-9,]* +[0-9.]+ ms +[0-9.]+ ms +\S.* +\S.*$`,
				`(?m)^the reference +[1-9][0-9,]* +[0-9.]+ ms +[0-9.]+ ms +\S.* +\S.*$`,
				`Your server echoes [0-9.]+ times as many`,
				`(?m)^The picture: \S+new/bench.html$`,
			} {
				require.Regexp(t, row, out.String())
			}
			require.NotContains(t, out.String(), "conns failed", "every conn is served")
			for line := range strings.Lines(out.String()) {
				if !strings.HasPrefix(line, "The picture: ") {
					require.LessOrEqual(t, len([]rune(line)), 81, "%s", line)
				}
			}
			text, err := os.ReadFile(o.File)
			require.NoError(t, err)
			missing := strings.Count(string(text), "there are no figures of") // on a busy machine
			require.Equal(t, 3*c.points, strings.Count(string(text), "<circle ")+3*missing, "three pictures")
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
		{"chat", judge.Stub, "10-chat: it has no bench, because its server does not echo; see"},
		{"frames", judge.Reference, "07-frames: it has no bench, because its server does not echo; see"},
		{"udpecho", judge.Reference, "08-udpecho: it has no bench, because its server does not echo; see"},
		{"echo", mistake("one-read-per-client"), "05-echo: your server serves nobody: 1 × "},
	} {
		t.Run(c.exercise, func(t *testing.T) {
			t.Parallel()
			e := find(t, c.exercise)
			var out bytes.Buffer
			require.ErrorContains(t, Run(t.Context(), quick(t, &out), e, c.candidate(e)), c.why)
		})
	}
}

// TestCounts: a curve ends where the descriptors do, and says so.
func TestCounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		limit uint64
		known bool
		last  int
		says  string
	}{
		{1 << 63, true, 1000, "1,000 conns take up to 3,100 descriptors in a process, which its limit allows."},
		{3100, true, 1000, "which its limit allows"},
		{3099, true, 100, "The limit of open descriptors is 3,099 here, so the curves end at 100 conns. 1,000 conns need a hard limit of 3,100 (ulimit -Hn)."},
		{256, true, 10, "so the curves end at 10 conns"},
		{64, true, 1, "so the curves end at one conn"},
		{0, false, 1000, ""},
	} {
		counts, says := countsFor(c.limit, c.known)
		require.Equal(t, c.last, counts[len(counts)-1], "%d", c.limit)
		require.Contains(t, says, c.says)
		m := &match{counts: counts, limited: says, sides: []*side{newSide(nil, ""), newSide(nil, "")}}
		require.Equal(t, c.last < mostConns, slices.Contains(m.remarks(), says), "%d", c.limit)
	}
}

// TestSaturated: the generator is blamed where it was the limit more often than
// not, and nowhere else.
func TestSaturated(t *testing.T) {
	m := &match{saturated: map[int]*saturation{}, sides: []*side{newSide(nil, ""), newSide(nil, "")}}
	for _, measured := range []struct {
		conns int
		why   string
	}{{50, ""}, {50, "it was late"}, {1000, "it was late"}, {1000, "it had too much to do"}, {1000, ""}} {
		m.note(m.sides[0], measured.conns, load.Result{Saturated: measured.why})
	}
	require.Equal(t, []string{"Careful, over 1,000 conns: it had too much to do. A faster server would not look faster there."}, m.remarks())
}

// TestNoise: curves of a busy machine say so.
func TestNoise(t *testing.T) {
	t.Parallel()
	require.Empty(t, noise(nil))
	require.Empty(t, noise([]float64{9, 1.1, 1.3}))
	require.Contains(t, noise([]float64{1, 2.26, 3}), "2.3 times as much in one measurement as in another")
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

// A canceler cancels when a contest prints some words.
type canceler struct {
	words  string
	cancel context.CancelFunc
}

func (c canceler) Write(p []byte) (int, error) {
	if strings.Contains(string(p), c.words) {
		c.cancel()
	}
	return len(p), nil
}

// TestInterrupt: a contest that is interrupted says so, and leaves no process and
// no file, whatever it was doing.
func TestInterrupt(t *testing.T) {
	e := find(t, "concurrent")
	t.Setenv("GOPROXY", "off") // tests need no network
	for when, words := range map[string]string{"build": "Leave", "pairs": "now pairs", "curves": "now over", "peers": "now other"} {
		t.Run(when, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("GOTMPDIR", dir)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			o := quick(t, canceler{words, cancel})
			o.Segment, o.Peers = 20*time.Millisecond, true
			require.ErrorIs(t, Run(ctx, o, e, mistake("logs-before-the-handler-has-ended")(e)), ErrInterrupted)
			require.Error(t, ctx.Err(), "it was interrupted in time")
			left, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Empty(t, left)
			require.NoFileExists(t, o.File)
			commands, err := filepath.Glob("/proc/[0-9]*/cmdline") // none where there is no /proc
			require.NoError(t, err)
			for _, file := range commands {
				command, _ := os.ReadFile(file) // it may have ended
				require.NotContains(t, string(command), dir)
			}
		})
	}
}
