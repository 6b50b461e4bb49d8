package write

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"socketkata/harness/grade/book"
	"socketkata/harness/grade/verdict"
)

// encode writes JSON that may be embedded anywhere, also in HTML.
func encode(v any) ([]byte, error) {
	text, err := json.MarshalIndent(v, "", "\t")
	return append(text, '\n'), err
}

// heading names a requirement in a list of those of several exercises.
func heading(u verdict.Unit, c verdict.Check) string {
	return u.Exercise + " " + c.ID + ": " + c.Sentence
}

// explained is what a student reads about a requirement.
func explained(u verdict.Unit, c verdict.Check) string {
	parts := []string{string(c.Status)}
	if c.Note != "" {
		parts[0] += " (" + c.Note + ")"
	}
	if c.Text != "" {
		parts = append(parts, c.Text)
	} else if c.Status == verdict.NotJudged || c.Status == verdict.GraderFault {
		parts = append(parts, u.Says)
	}
	return strings.Join(parts, "\n")
}

// overview is a line for each exercise.
func overview(s verdict.Student) string {
	var b strings.Builder
	if s.Fault {
		b.WriteString("The grader failed in part, so the score is not final. Tell your instructor.\n")
	}
	for _, u := range s.Units {
		late := ""
		if u.Late {
			late = ", late"
		}
		fmt.Fprintf(&b, "%s: %s (%s of %s points%s)\n", u.Exercise, u.Says, verdict.Number(u.Points), verdict.Number(u.Max), late)
		if u.Catch != "" {
			fmt.Fprintf(&b, "%s\n", u.Catch)
		}
		if u.Output != "" {
			fmt.Fprintf(&b, "%s\n", u.Output)
		}
	}
	for _, n := range s.Notices {
		fmt.Fprintf(&b, "%s\n", n)
	}
	return b.String()
}

// Gradescope writes a student's results.json. The score at the top is the whole
// score, so what a policy does to it, such as a late penalty, is in it.
// Requirements without points of their own show their colour alone.
func Gradescope(s verdict.Student) ([]byte, error) {
	type test struct {
		Name         string   `json:"name"`
		Number       string   `json:"number"`
		Status       string   `json:"status"`
		Score        *float64 `json:"score,omitempty"`
		Max          *float64 `json:"max_score,omitempty"`
		Output       string   `json:"output,omitempty"`
		OutputFormat string   `json:"output_format"`
		NameFormat   string   `json:"name_format"`
		Visibility   string   `json:"visibility"`
	}
	doc := struct {
		Score        float64        `json:"score"`
		Output       string         `json:"output"`
		OutputFormat string         `json:"output_format"`
		Visibility   string         `json:"visibility"`
		Extra        map[string]any `json:"extra_data"`
		Tests        []test         `json:"tests"`
	}{s.Points, overview(s), "text", "visible", map[string]any{"max": s.Max, "grader_failed": s.Fault}, []test{}}
	for i, u := range s.Units {
		for j, c := range u.Checks {
			t := test{Name: heading(u, c), Number: fmt.Sprintf("%d.%d", i+1, j+1), Status: "failed",
				Output: explained(u, c), OutputFormat: "text", NameFormat: "text", Visibility: "visible"}
			if c.Status == verdict.Passed {
				t.Status = "passed"
			}
			if c.Max > 0 {
				t.Score, t.Max = &c.Points, &c.Max
			}
			doc.Tests = append(doc.Tests, t)
		}
	}
	return encode(doc)
}

// PrairieLearn writes a student's results.json. A submission of which nothing
// could be run is not gradable, which costs the student no attempt.
func PrairieLearn(s verdict.Student) ([]byte, error) {
	type test struct {
		Name        string   `json:"name"`
		Description string   `json:"description"`
		Points      *float64 `json:"points,omitempty"`
		Max         *float64 `json:"max_points,omitempty"`
		Message     string   `json:"message"`
		Output      string   `json:"output,omitempty"`
	}
	doc := struct {
		Gradable bool     `json:"gradable"`
		Score    float64  `json:"score"`
		Message  string   `json:"message"`
		Errors   []string `json:"format_errors,omitempty"`
		Tests    []test   `json:"tests"`
	}{Message: overview(s), Tests: []test{}}
	for _, u := range s.Units {
		ran := false
		for _, c := range u.Checks {
			ran = ran || c.Status != verdict.NotJudged && c.Status != verdict.GraderFault
			t := test{Name: u.Exercise + " " + c.ID, Description: c.Sentence, Output: c.Text,
				Message: strings.TrimSpace(string(c.Status) + " " + c.Note)}
			if c.Max > 0 {
				t.Points, t.Max = &c.Points, &c.Max
			}
			doc.Tests = append(doc.Tests, t)
		}
		doc.Gradable = doc.Gradable || ran
		if !ran {
			doc.Errors = append(doc.Errors, u.Exercise+": "+u.Says)
		}
	}
	doc.Gradable = doc.Gradable && !s.Fault
	if s.Max > 0 {
		doc.Score = math.Min(math.Max(book.Round(s.Points/s.Max), 0), 1)
	}
	return encode(doc)
}

// An Identity is what Classroom 50's runner tells a grader about the submission.
type Identity struct {
	Classroom, Assignment, Submission, Commit, Release, Review string
	When                                                       time.Time
}

// IdentityFrom reads the identity from the environment of Classroom 50's runner.
func IdentityFrom(getenv func(string) string, now time.Time) Identity {
	return Identity{Classroom: getenv("CLASSROOM"), Assignment: getenv("ASSIGNMENT"), Submission: getenv("SUBMISSION_TAG"),
		Commit: getenv("COMMIT_URL"), Release: getenv("RELEASE_URL"), Review: getenv("REVIEW_URL"), When: now}
}

// Classroom50 writes a student's result.json. The format takes whole numbers
// only, so points are scaled up by a power of ten until all of them are whole.
// The runner adds the owner itself.
func Classroom50(s verdict.Student, id Identity) ([]byte, error) {
	type test struct {
		Name   string `json:"test-name"`
		Passed bool   `json:"passed"`
		Score  int    `json:"score"`
		Max    int    `json:"max-score"`
		Output string `json:"output,omitempty"`
	}
	doc := struct {
		Schema     string `json:"schema"`
		Classroom  string `json:"classroom"`
		Assignment string `json:"assignment"`
		Submission string `json:"submission"`
		Commit     string `json:"commit"`
		Release    string `json:"release"`
		Review     string `json:"review"`
		When       string `json:"datetime"`
		Score      int    `json:"score"`
		Max        int    `json:"max-score"`
		Tests      []test `json:"tests"`
	}{"classroom50/result/v1", id.Classroom, id.Assignment, id.Submission, id.Commit, id.Release, id.Review,
		id.When.UTC().Format(time.RFC3339), 0, 0, []test{}}
	if s.Fault {
		return nil, fmt.Errorf("the grader failed, and this format cannot say so: grade again")
	}
	whole := scale(s)
	doc.Score, doc.Max = whole(s.Points), whole(s.Max)
	for _, u := range s.Units {
		// The points of an exercise are what the class is graded by, so they come
		// first; the requirements explain them.
		doc.Tests = append(doc.Tests, test{Name: u.Exercise, Passed: u.Status == verdict.Passed, Score: whole(u.Points), Max: whole(u.Max), Output: u.Says})
		for _, c := range u.Checks {
			doc.Tests = append(doc.Tests, test{Name: heading(u, c), Passed: c.Status == verdict.Passed, Output: explained(u, c)})
		}
	}
	return encode(doc)
}

// scale returns what makes whole numbers of the student's points.
func scale(s verdict.Student) func(float64) int {
	factor := 1.0
	all := []float64{s.Points, s.Max}
	for _, u := range s.Units {
		all = append(all, u.Points, u.Max)
	}
	for factor < 1e6 {
		whole := true
		for _, x := range all {
			scaled := x * factor
			whole = whole && math.Abs(scaled-math.Round(scaled)) < 1e-6
		}
		if whole {
			break
		}
		factor *= 10
	}
	return func(x float64) int { return int(math.Round(x * factor)) }
}
