package verdict_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"socketkata/harness/grade/book"
	"socketkata/harness/grade/book/booktest"
	"socketkata/harness/grade/verdict"
)

// TestTextIsHarmless holds every text of every report to what the formats rely
// on.
func TestTextIsHarmless(t *testing.T) {
	t.Parallel()
	for _, d := range []verdict.Detail{verdict.Full, verdict.GotWant, verdict.RequirementOnly} {
		files := map[string]bool{}
		for i, s := range verdict.Class(booktest.New(), d) {
			require.Regexp(t, regexp.MustCompile(`^[a-z0-9-]{1,60}$`), s.File)
			require.False(t, files[s.File], "%s is there twice", s.File)
			files[s.File] = true
			oneLine(t, s.Name, 100)
			require.NotEmpty(t, strings.TrimSpace(s.Name), "%q", booktest.Hostile[i])
			oneLine(t, s.Source, 500)
			oneLine(t, strings.Join(append(s.Older, s.Notices...), ""), 1000)
			for _, u := range s.Units {
				oneLine(t, u.Says, 700)
				oneLine(t, u.Catch, 2000)
				harmless(t, u.Output, 8300)
				for _, c := range u.Checks {
					oneLine(t, c.Note, 500)
					harmless(t, c.Text, 8300)
				}
			}
		}
	}
}

func oneLine(t *testing.T, s string, limit int) {
	t.Helper()
	require.NotContains(t, s, "\n")
	require.LessOrEqual(t, utf8.RuneCountInString(s), limit)
	harmless(t, s, 8*limit)
}

func harmless(t *testing.T, s string, limit int) {
	t.Helper()
	require.True(t, utf8.ValidString(s))
	require.LessOrEqual(t, len(s), limit)
	for _, r := range s {
		require.True(t, r == '\n' || strconv.IsPrint(r), "%q in %.40q", r, s)
	}
}

func TestDetailLimitsWhatIsShown(t *testing.T) {
	t.Parallel()
	b := booktest.Class(4)
	texts := func(d verdict.Detail) string {
		var all strings.Builder
		for _, s := range verdict.Class(b, d) {
			for _, u := range s.Units {
				for _, c := range u.Checks {
					all.WriteString(c.Text)
				}
			}
		}
		return all.String()
	}
	require.Contains(t, texts(verdict.Full), "client 1          Serve")
	require.Contains(t, texts(verdict.GotWant), `want  "hello\n"`)
	require.NotContains(t, texts(verdict.GotWant), "client 1")
	require.Empty(t, texts(verdict.RequirementOnly))
	_, err := verdict.ParseDetail("some")
	require.EqualError(t, err, `how much of a failure to show is full, got-want or requirement, not "some"`)
}

func TestStates(t *testing.T) {
	t.Parallel()
	e := booktest.Exercises()[0]
	for _, c := range []struct {
		unit    book.Unit
		status  verdict.Status
		says    string
		checked verdict.Status // R1
	}{
		{book.Unit{State: book.Graded, Complete: true, Results: []book.Result{{Requirement: "R1", Passed: true}, {Requirement: "R2", Passed: true}}},
			verdict.Passed, "complete: 2 of 2 core and 0 of 1 hardened requirements passed", verdict.Passed},
		{book.Unit{State: book.Graded}, verdict.Failed, "incomplete: 0 of 2 core and 0 of 1 hardened requirements passed", verdict.NotJudged},
		{book.Unit{State: book.Graded, Results: []book.Result{{Requirement: "R1", Skipped: "no IPv6"}}},
			verdict.Failed, "incomplete: 0 of 2 core and 0 of 1 hardened requirements passed", verdict.Skipped},
		{book.Unit{State: book.NotSubmitted}, verdict.NotJudged, "not submitted", verdict.NotJudged},
		{book.Unit{State: book.NotCompiled, Why: "a.go:1: x"}, verdict.Failed, "does not compile: a.go:1: x", verdict.NotJudged},
		{book.Unit{State: book.Refused, Why: "a.go:1 imports unsafe"}, verdict.Failed, "refused: a.go:1 imports unsafe", verdict.NotJudged},
		{book.Unit{State: book.Tampered, Why: "exit", Results: []book.Result{{Requirement: "R1", Passed: true}}},
			verdict.Failed, "tampered: exit; 1 of 2 core and 0 of 1 hardened requirements passed", verdict.Passed},
		{book.Unit{State: book.InfraError, Why: "disk full"}, verdict.GraderFault, "the grader failed, so this says nothing about the student: disk full", verdict.GraderFault},
	} {
		c.unit.Exercise = e.Name
		b := &book.Book{Exercises: []book.Exercise{e}, Students: []book.Student{{Name: "x", Units: []book.Unit{c.unit}}}}
		u := verdict.Class(b, verdict.Full)[0].Units[0]
		require.Equal(t, c.says, u.Says)
		require.Equal(t, c.status, u.Status, c.says)
		require.Equal(t, c.checked, u.Checks[0].Status, c.says)
	}
}

// TestOneFault: a student's points are not final if the grader failed in one of the
// units.
func TestOneFault(t *testing.T) {
	t.Parallel()
	all := booktest.Exercises()[:2]
	s := verdict.Class(&book.Book{Exercises: all, Students: []book.Student{{Units: []book.Unit{
		{Exercise: all[0].Name, State: book.InfraError},
		{Exercise: all[1].Name, State: book.Graded, Results: []book.Result{{Requirement: "R1", Tier: book.Apart, TimedOut: true}}},
	}}}}, verdict.Full)[0]
	require.True(t, s.Fault)
	require.Equal(t, "timed out, judged apart", s.Units[1].Checks[0].Note)
}

func TestAMissingUnitIsNoZero(t *testing.T) {
	t.Parallel()
	b := &book.Book{Exercises: booktest.Exercises(), Students: []book.Student{{Name: "x"}}}
	s := verdict.Class(b, verdict.Full)[0]
	require.True(t, s.Fault)
	for _, u := range s.Units {
		require.Equal(t, verdict.GraderFault, u.Status)
	}
}
