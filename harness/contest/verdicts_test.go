package contest

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/terminal"
)

// TestVerdicts plays KATA_CONTESTS contests of a reference with itself, and as
// many with a copy whose server takes a third longer for each message.
func TestVerdicts(t *testing.T) {
	times, _ := strconv.Atoi(os.Getenv("KATA_CONTESTS"))
	if times == 0 {
		t.Skip("KATA_CONTESTS=20 plays 40 contests, for which a quiet machine needs some 15 minutes")
	}
	e := find(t, "evloop")
	equal, r, took := decided(t, e, judge.Reference(e))
	t.Logf("calibrated with %v (%s)", r, equal)
	slower := slowedBy(t, e, took/3)
	for range times {
		equal, r, _ := decided(t, e, judge.Reference(e))
		t.Logf("itself: %v %s", r, equal)
		require.Equal(t, Same, equal)
		verdict, r, _ := decided(t, e, slower)
		t.Logf("slowed by %v a message: %v %s", took/3, r, verdict)
		require.Equal(t, Slower, verdict)
	}
}

// decided plays the pairs of one contest. took is the reference's processor time
// for a message.
func decided(t *testing.T, e *catalog.Exercise, c judge.Candidate) (v Verdict, r Ratio, took time.Duration) {
	t.Helper()
	m := &match{o: Options{Screen: &terminal.Screen{Out: io.Discard, Err: io.Discard}, Pairs: most, Segment: segment}, e: e, conns: connsFor(e), saturated: map[int]*saturation{}}
	defer func() {
		for _, s := range m.sides {
			s.end()
		}
	}()
	require.NoError(t, m.start(t.Context(), c))
	require.NoError(t, m.play(t.Context()))
	r = ratioOf(m.pairs)
	return r.verdict(), r, m.sides[1].cpu / time.Duration(m.sides[1].messages)
}

// slowedBy returns the reference with a busy loop for each write.
func slowedBy(t *testing.T, e *catalog.Exercise, d time.Duration) judge.Candidate {
	t.Helper()
	c := judge.Reference(e)
	text, err := os.ReadFile(c.Files["serve.go"])
	require.NoError(t, err)
	const begin = "func (s *server) write(c *client, p []byte) {\n"
	slowed := strings.Replace(string(text), begin, begin+fmt.Sprintf("for begin := time.Now(); time.Since(begin) < %d; {\n}\n", d), 1)
	require.NotEqual(t, string(text), slowed)
	delete(c.Files, "serve.go")
	c.Name, c.Texts = "slowed", map[string]string{"serve.go": slowed}
	return c
}
