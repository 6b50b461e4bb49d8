package observe

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"socketkata/harness/results"
)

const mark = "\x1eSECRET "

// told returns the observation of a process that told and printed this: an
// event of the channel, or a line of go test -json.
func told(t *testing.T, what ...any) *Observation {
	t.Helper()
	o := newObservation()
	o.divider.mark = mark
	s := &eventStream{handle: o.event, stray: func(line []byte) { o.stray.WriteString(string(line)) }}
	for _, w := range what {
		switch w := w.(type) {
		case results.Event:
			o.result(w)
		case string:
			io.WriteString(s, w+"\n")
		}
	}
	s.Close()
	o.conclude("")
	return o
}

func output(text string) string {
	line, err := json.Marshal(event{Action: "output", Test: "TestOne", Output: text})
	if err != nil {
		panic(err)
	}
	return string(line)
}

func began(test, arena string) results.Event {
	return results.Event{Kind: results.Began, Test: test, Arena: arena}
}

func ended(test, arena string, status results.Status) results.Event {
	return results.Event{Kind: results.Ended, Test: test, Arena: arena, Status: status}
}

// What is printed is no result, however much it looks like one.
func TestOutputIsNoResult(t *testing.T) {
	t.Parallel()
	o := told(t, `{"Action":"start"}`, `{"Action":"run","Test":"TestOne"}`, output("--- PASS: TestOne (0.00s)\n"),
		`{"Action":"pass","Test":"TestOne"}`, output("\x16=== ATTR  TestOne kata.failure {}\n"))
	require.True(t, o.Began)
	require.Empty(t, o.Logs)
}

func TestContradictions(t *testing.T) {
	t.Parallel()
	failure := results.Event{Kind: results.Failure, Test: "TestOne", Text: `{"requirement":"R1"}`}
	for want, events := range map[string][]any{
		"TestOne began twice without an end":                      {began("TestOne", ""), began("TestOne", "")},
		"TestOne ended without a beginning":                       {ended("TestOne", "", results.Passed)},
		"TestOne/memory ended without a beginning":                {began("TestOne", ""), ended("TestOne", "memory", results.Passed)},
		`TestOne ended with an unknown status "fine"`:             {began("TestOne", ""), ended("TestOne", "", "fine")},
		"TestOne passed and failed":                               {began("TestOne", ""), failure, ended("TestOne", "", results.Passed)},
		"TestOne reported something while it was not running":     {failure},
		`the results channel carried an unknown event "greeting"`: {results.Event{Kind: "greeting"}},
	} {
		require.Equal(t, want, told(t, events...).Conflict)
	}
	require.Empty(t, told(t, began("TestOne", ""), ended("TestOne", "", results.Passed), began("TestOne", ""), ended("TestOne", "", results.Failed)).Conflict,
		"a test that runs twice is no contradiction")
	flaky := told(t, began("TestOne", ""), ended("TestOne", "", results.Passed), began("TestOne", ""), failure, ended("TestOne", "", results.Failed),
		began("TestOne", ""), ended("TestOne", "", results.Passed))
	require.Empty(t, flaky.Conflict, "neither is one that fails sometimes, and says why")
}

func TestOutputBelongsToItsArena(t *testing.T) {
	t.Parallel()
	o := told(t, began("TestOne", "memory"), output("before\n"), output(mark[:4]), output(mark[4:]+"TestOne"), output("/memory\n"),
		output("--- PASS: TestOne (0.00s)\n"), output("half a line"), output("\x1e"), output("SEC"), output(mark+"\n"),
		ended("TestOne", "memory", results.Passed), output("=== RUN   TestTwo\n"), output("behind\x1e"))
	printed, said := o.Log("TestOne", "memory").Printed()
	require.Equal(t, "--- PASS: TestOne (0.00s)\nhalf a line\x1eSEC\n", printed)
	require.Empty(t, said)
	require.Equal(t, "before\nbehind\x1e", o.Output())
}

func TestOwnWordsAreNotTheCandidates(t *testing.T) {
	t.Parallel()
	said, rest := separate("listening\nhalf a line    echo_test.go:21: got   EOF\n        want  four\ngood bye\n")
	require.Equal(t, "got   EOF\nwant  four\n", said)
	require.Equal(t, "listening\nhalf a line\ngood bye\n", rest)
}

func TestRacesBelongToTheArenaTheyHappenedIn(t *testing.T) {
	t.Parallel()
	at := func(e results.Event, races int64) results.Event {
		e.Races = races
		return e
	}
	o := newObservation()
	for _, e := range []results.Event{
		at(began("TestOne", ""), 2), at(began("TestOne", "memory"), 2), at(ended("TestOne", "memory", results.Passed), 4),
		at(began("TestOne", "loopback"), 6), at(ended("TestOne", "loopback", results.Failed), 8), at(ended("TestOne", "", results.Failed), 1<<40),
	} {
		o.result(e)
	}
	o.conclude("aabbccddee")
	require.Equal(t, "aa", o.LateRace)
	require.Equal(t, "bbcc", o.Log("TestOne", "memory").Race)
	require.Equal(t, "ddee", o.Log("TestOne", "loopback").Race)
}

func TestStrayLinesAreKept(t *testing.T) {
	t.Parallel()
	o := told(t, "go: downloading", "", `{"broken`, `{"Action":"start"}`)
	require.Equal(t, `go: downloading{"broken`, o.GoSaid())
	require.True(t, o.Began)
}

func TestLinesWithoutEndDoNotFillMemory(t *testing.T) {
	t.Parallel()
	s := &eventStream{handle: func(event) {}, stray: func([]byte) {}}
	chunk := []byte(strings.Repeat("x", 1<<20))
	for range 64 {
		s.Write(chunk)
	}
	require.LessOrEqual(t, cap(s.line), 4*maxLine)
}

func TestCapped(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 3, 5, 7, 100} {
		var all strings.Builder
		c := Capped{limit: 10}
		for i := range 40 {
			piece := strings.Repeat(string(rune('a'+i%26)), size)
			all.WriteString(piece)
			c.WriteString(piece)
			head, tail, lost := c.parts()
			s := all.String()
			wantHead := s[:min(5, len(s))]
			require.Equal(t, wantHead, head)
			require.Equal(t, s[max(len(wantHead), len(s)-5):], tail)
			require.EqualValues(t, len(s)-len(head)-len(tail), lost)
		}
	}
}

func TestGORACEIsKept(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"":                              "atexit_sleep_ms=0",
		"halt_on_error=1":               "halt_on_error=1 atexit_sleep_ms=0",
		"atexit_sleep_ms=500 verbose=1": "atexit_sleep_ms=500 verbose=1",
	} {
		require.Equal(t, want, gorace([]string{"GORACE=ignored", "GORACE=" + given}))
	}
}

func TestGOGCIsKept(t *testing.T) {
	t.Parallel()
	require.Empty(t, quickBuild([]string{"GOGC=50"}))
	require.Equal(t, []string{"GOGC=400", results.BuildOnly + "=1"}, quickBuild([]string{"PATH=/bin"}))
}
