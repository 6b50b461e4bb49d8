package write_test

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/grade/book"
	"socketkata/harness/grade/book/booktest"
	"socketkata/harness/grade/verdict"
	"socketkata/harness/grade/write"
)

type object = map[string]any

// parseAll parses the files of all students at once: starting Python takes
// longer than reading.
func parseAll(t *testing.T, class []verdict.Student, result func(verdict.Student) ([]byte, error)) []object {
	t.Helper()
	var all [][]byte
	for _, s := range class {
		text, err := result(s)
		require.NoError(t, err)
		require.Less(t, len(text), 1_000_000, "PrairieLearn takes no more")
		all = append(all, text)
	}
	return parse[[]object](t, "json", slices.Concat([]byte("["), bytes.Join(all, []byte(",")), []byte("]")), nil)
}

// TestGradescope holds results.json to Gradescope's specification of it.
func TestGradescope(t *testing.T) {
	t.Parallel()
	class := hostile()
	for i, doc := range parseAll(t, class, write.Gradescope) {
		s := class[i]
		require.Equal(t, s.Points, doc["score"])
		require.Equal(t, "text", doc["output_format"], "nothing of the student's is markup")
		require.Equal(t, s.Fault, doc["extra_data"].(object)["grader_failed"])
		tests := doc["tests"].([]any)
		for _, u := range s.Units {
			for _, c := range u.Checks {
				got := tests[0].(object)
				tests = tests[1:]
				require.Equal(t, u.Exercise+" "+c.ID+": "+c.Sentence, got["name"])
				require.Equal(t, map[bool]string{true: "passed", false: "failed"}[c.Status == verdict.Passed], got["status"])
				require.Equal(t, c.Max, got["max_score"])
				require.Equal(t, "text", got["output_format"])
				require.Equal(t, "text", got["name_format"])
				require.Equal(t, "visible", got["visibility"])
				require.Contains(t, got["output"], c.Text)
			}
		}
		require.Empty(t, tests)
	}
}

// TestPrairieLearn holds results.json to PrairieLearn's description of it.
func TestPrairieLearn(t *testing.T) {
	t.Parallel()
	class := hostile()
	for i, doc := range parseAll(t, class, write.PrairieLearn) {
		s := class[i]
		require.InDelta(t, s.Points/s.Max, doc["score"], 1e-6)
		require.LessOrEqual(t, doc["score"], 1.0)
		if s.Fault {
			require.Equal(t, false, doc["gradable"], "a fault of the grader costs no attempt")
		}
	}
	not := book.Student{Name: "x", Units: []book.Unit{{Exercise: "01-dial", State: book.NotCompiled, Why: "no", Output: "dial.go:1: no"}}}
	b := &book.Book{Exercises: booktest.Exercises()[:1], Students: []book.Student{not}}
	text, err := write.PrairieLearn(verdict.Class(b, verdict.Full)[0])
	doc := parse[object](t, "json", text, err)
	require.Equal(t, false, doc["gradable"])
	require.Equal(t, []any{"01-dial: does not compile: no"}, doc["format_errors"])
}

var identity = write.Identity{Classroom: "cs101", Assignment: "kata", Submission: "submit/1", Commit: "https://example.org/c",
	Release: "https://example.org/r", Review: "https://example.org/v", When: time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC)}

// TestClassroom50 holds result.json to what the collector of Classroom 50
// refuses: numbers that are not whole, a score above its maximum, empty strings.
func TestClassroom50(t *testing.T) {
	t.Parallel()
	var class []verdict.Student
	for _, s := range hostile() {
		if !s.Fault {
			class = append(class, s)
			continue
		}
		_, err := write.Classroom50(s, identity)
		require.EqualError(t, err, "the grader failed, and this format cannot say so: grade again")
	}
	require.NotEmpty(t, class)
	result := func(s verdict.Student) ([]byte, error) { return write.Classroom50(s, identity) }
	for i, doc := range parseAll(t, class, result) {
		s := class[i]
		require.Equal(t, "classroom50/result/v1", doc["schema"])
		for _, key := range []string{"classroom", "assignment", "submission", "commit", "release", "review", "datetime"} {
			require.NotEmpty(t, doc[key], key)
		}
		require.Equal(t, "2026-11-28T08:00:00Z", doc["datetime"])
		whole(t, doc)
		require.InDelta(t, s.Points/s.Max, doc["score"].(float64)/doc["max-score"].(float64), 1e-9)
		sum := 0.0
		for _, test := range doc["tests"].([]any) {
			whole(t, test.(object))
			require.NotEmpty(t, test.(object)["test-name"])
			require.IsType(t, true, test.(object)["passed"])
			sum += test.(object)["max-score"].(float64)
		}
		require.Equal(t, doc["max-score"], sum, "the tests add up to the whole")
	}
}

func whole(t *testing.T, o object) {
	t.Helper()
	score, most := o["score"].(float64), o["max-score"].(float64)
	require.Equal(t, math.Trunc(score), score)
	require.Equal(t, math.Trunc(most), most)
	require.GreaterOrEqual(t, score, 0.0)
	require.LessOrEqual(t, score, most)
}

func TestIdentityOfClassroom50(t *testing.T) {
	t.Parallel()
	env := map[string]string{"CLASSROOM": "cs101", "ASSIGNMENT": "kata", "SUBMISSION_TAG": "submit/1", "COMMIT_URL": "https://example.org/c",
		"RELEASE_URL": "https://example.org/r", "REVIEW_URL": "https://example.org/v"}
	require.Equal(t, identity, write.IdentityFrom(func(k string) string { return env[k] }, identity.When))
}
