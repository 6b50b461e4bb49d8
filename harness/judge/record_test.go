package judge

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"socketkata/harness/catalog"
	"socketkata/harness/failure"
)

// told returns the record of a process that printed these events.
func told(events ...string) *record {
	rec := newRecord()
	s := &eventStream{handle: rec.handle, stray: func(line []byte) { rec.stray.WriteString(string(line)) }}
	for _, e := range events {
		io.WriteString(s, e+"\n")
	}
	s.Close()
	return rec
}

func ran(test, action string) []string {
	return []string{
		fmt.Sprintf(`{"Action":"run","Test":%q}`, test),
		fmt.Sprintf(`{"Action":"output","Test":%q,"Output":"--- %s: %s (0.00s)\n"}`, test, strings.ToUpper(action), test),
		fmt.Sprintf(`{"Action":%q,"Test":%q}`, action, test),
	}
}

func twoTests() *run {
	e := &catalog.Exercise{Name: "05-echo", Requirements: []catalog.Requirement{{ID: "R1", Test: "TestOne"}, {ID: "R2", Test: "TestTwo"}}}
	r := &run{e: e, passes: map[string]int{}}
	for _, q := range e.Requirements {
		r.expected = append(r.expected, RequirementResult{Requirement: q, Status: StatusNotReached})
	}
	return r
}

func TestDeathBetweenTestsIsTheLastOnesFault(t *testing.T) {
	t.Parallel()
	r := twoTests()
	r.absorb(told(slices.Concat([]string{`{"Action":"start"}`}, ran("TestOne", "pass"), []string{
		`{"Action":"output","Test":"TestOne","Output":"panic: left behind\n"}`,
		`{"Action":"output","Test":"TestOne","Output":"\n"}`,
		`{"Action":"output","Test":"TestOne","Output":"goroutine 7 [running]:\n"}`,
		`{"Action":"output","Output":"FAIL\tx\t0.1s\n"}`,
		`{"Action":"fail"}`,
	})...))
	if got := summary(r.result()); got != "failed: R1 panic, R2 not reached" {
		t.Errorf("got %s", got)
	}
	r = twoTests()
	r.absorb(told(slices.Concat([]string{`{"Action":"start"}`}, ran("TestOne", "pass"), []string{`{"Action":"fail"}`})...))
	if got := only(t, r.result(), "R1"); got.Symptom != failure.Exit || !strings.Contains(got.Reason, "left running") {
		t.Errorf("got %+v", got)
	}
}

func TestFailureAfterTheLastTest(t *testing.T) {
	t.Parallel()
	r := twoTests()
	r.absorb(told(slices.Concat([]string{`{"Action":"start"}`}, ran("TestOne", "pass"),
		[]string{`{"Action":"output","Test":"TestOne","Output":"WARNING: DATA RACE\n"}`}, ran("TestTwo", "pass"), []string{
			`{"Action":"output","Output":"testing: race detected outside of test execution\n"}`,
			`{"Action":"output","Output":"FAIL\n"}`,
			`{"Action":"fail"}`,
		})...))
	if got := summary(r.result()); got != "failed: R1 data race, R2 passed" {
		t.Errorf("got %s", got)
	}
}

// A line that looks like a test's end counts only with the event, and the
// event only with the line.
func TestForgedEndsDoNotCount(t *testing.T) {
	t.Parallel()
	rec := told(`{"Action":"start"}`, `{"Action":"run","Test":"TestOne"}`,
		`{"Action":"output","Test":"TestOne","Output":"--- PASS: TestOne (0.00s)\n"}`,
		`{"Action":"run","Test":"TestTwo"}`, `{"Action":"pass","Test":"TestTwo"}`)
	for _, name := range []string{"TestOne", "TestTwo"} {
		if l := rec.logs[name]; l.passed != 0 || !l.unfinished() {
			t.Errorf("%s passed", name)
		}
	}
}

func TestStrayLinesAreKept(t *testing.T) {
	t.Parallel()
	rec := told("go: downloading", "", `{"broken`, `{"Action":"start"}`)
	if got := text(&rec.stray); got != `go: downloading{"broken` || !rec.began {
		t.Errorf("got %q", got)
	}
}

func TestLinesWithoutEndDoNotFillMemory(t *testing.T) {
	t.Parallel()
	s := &eventStream{handle: func(event) {}, stray: func([]byte) {}}
	chunk := []byte(strings.Repeat("x", 1<<20))
	for range 64 {
		s.Write(chunk)
	}
	if cap(s.line) > 4*maxLine {
		t.Errorf("%d bytes are kept", cap(s.line))
	}
}

func TestCapped(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 3, 5, 7, 100} {
		var all strings.Builder
		c := capped{limit: 10}
		for i := range 40 {
			piece := strings.Repeat(string(rune('a'+i%26)), size)
			all.WriteString(piece)
			c.WriteString(piece)
			head, tail, lost := c.parts()
			s := all.String()
			wantHead := s[:min(5, len(s))]
			wantTail := s[max(len(wantHead), len(s)-5):]
			if head != wantHead || tail != wantTail || int(lost) != len(s)-len(head)-len(tail) {
				t.Fatalf("after %d pieces of %d: %q, %q, %d", i+1, size, head, tail, lost)
			}
		}
	}
}

func TestGORACEIsKept(t *testing.T) {
	e := echoExercise(t)
	for given, want := range map[string]string{
		"":                              "GORACE=atexit_sleep_ms=0",
		"halt_on_error=1":               "GORACE=halt_on_error=1 atexit_sleep_ms=0",
		"atexit_sleep_ms=500 verbose=1": "GORACE=atexit_sleep_ms=500 verbose=1",
	} {
		t.Setenv("GORACE", given)
		env := (&run{e: e}).environment()
		if got := env[len(env)-1]; got != want {
			t.Errorf("GORACE=%s: got %s, want %s", given, got, want)
		}
	}
}

func TestRaceAvailable(t *testing.T) {
	t.Setenv("CGO_ENABLED", "0")
	if ok, why := RaceAvailable(); ok || why != "CGO_ENABLED=0 is set" {
		t.Errorf("%v, %q", ok, why)
	}
	env := t.TempDir() + "/env"
	writeFile(t, env, "GOFLAGS=-v\nCGO_ENABLED=0\n")
	t.Setenv("GOENV", env)
	os.Unsetenv("CGO_ENABLED")
	if ok, _ := RaceAvailable(); ok {
		t.Error("go env -w CGO_ENABLED=0 is not seen")
	}
	if runtime.GOOS == "darwin" {
		return // needs no C compiler
	}
	t.Setenv("GOENV", "off")
	t.Setenv("CC", "no-such-compiler -m64")
	if ok, why := RaceAvailable(); ok || why != "there is no C compiler (no-such-compiler)" {
		t.Errorf("%v, %q", ok, why)
	}
}

func TestNoGoCommand(t *testing.T) {
	e := echoExercise(t)
	t.Setenv("PATH", t.TempDir())
	_, err := Judge(t.Context(), e, Learner(e), Options{})
	if want := "judge 05-echo: the go command is not in PATH: install Go from https://go.dev/dl/"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func mistake(name string, symptom failure.Symptom, requirements ...string) catalog.Mistake {
	return catalog.Mistake{Answer: catalog.Answer{Name: name}, Symptoms: []failure.Symptom{symptom}, Requirements: requirements}
}

// failing returns a run in which these requirements fail with the symptom.
func failing(symptom failure.Symptom, arena string, ids ...string) Result {
	var r Result
	for _, id := range []string{"R1", "R2", "R3", "R4", "R5"} {
		q := RequirementResult{Requirement: catalog.Requirement{ID: id}, Status: StatusPassed}
		if slices.Contains(ids, id) {
			q.Status, q.Failures = StatusFailed, []failure.Failure{{Symptom: symptom, Arena: arena, Got: "set apart"}}
		}
		r.Requirements = append(r.Requirements, q)
	}
	return r
}

func TestDiagnose(t *testing.T) {
	t.Parallel()
	e := &catalog.Exercise{Mistakes: []catalog.Mistake{
		mistake("overlap", failure.MissingTail, "R2", "R4"),
		mistake("apart", failure.MissingTail, "R2", "R5"),
		mistake("same", failure.MissingTail, "R2", "R3", "R4"),
		mistake("other-symptom", failure.Silence, "R2", "R3", "R4"),
		mistake("other-first", failure.MissingTail, "R1", "R2", "R3", "R4"),
	}}
	e.Mistakes[0].Arenas = []string{"memory"}
	e.Mistakes[1].Shows = []string{"apart"}
	ambiguous := failing(failure.MissingTail, "memory", "R2")
	ambiguous.FailFast = true
	failFast := failing(failure.MissingTail, "loopback", "R2")
	failFast.FailFast = true
	told := failing(failure.MissingTail, "loopback", "R2")
	told.FailFast = true
	told.Requirements[1].Failures[0].Got = "nothing like the others"
	tests := []struct {
		result Result
		want   string
	}{
		{failing(failure.MissingTail, "memory", "R2", "R3", "R4"), "same overlap"},
		{ambiguous, ""}, // three look like this
		{failFast, "apart same"},
		{told, "same"},
		{failing(failure.MissingTail, "loopback", "R2", "R3", "R4"), "same apart"},
		{failing(failure.Silence, "memory", "R2"), "other-symptom"},
		{failing(failure.Spin, "memory", "R2"), ""},
		{failing("", ""), ""},
	}
	for _, test := range tests {
		var names []string
		for _, v := range Diagnose(e, test.result) {
			names = append(names, v.Name)
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
