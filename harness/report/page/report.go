// Package page writes the last run of an exercise as one HTML file: the
// requirements, what crossed the wire, where the learner's goroutines were, and
// how the reference's conversation went on.
//
// The file needs nothing but a browser: no script, no network, no other file.
// What a learner's code sent or printed may be anything, so it is escaped
// twice: html/template keeps it from being markup, and [failure.Visible] makes
// control characters readable. A Content-Security-Policy forbids whatever
// would slip through.
package page

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"time"

	"socketkata/harness/failure"
	"socketkata/harness/record"
)

// Magic is how every report begins, so that a program can tell one from a file
// it must not overwrite.
const Magic = "<!doctype html>\n<!-- kata report -->\n"

// A Page is what a report says.
type Page struct {
	Name, Title string    // "05-echo", "The echo server made right"
	When        time.Time // of the run
	Verdict     string    // in words: "failed"
	Why         string    // one sentence about a verdict that the requirements do not explain
	Changed     bool      // the learner's code has changed since
	Again       string    // the command that tests again: "make test EX=05"
	Compiler    string    // what the compiler wrote
	Output      string    // what was printed outside any test
	Tiers       []Tier
	Source      map[string][]string // the lines of the files that ran, by base name; nil if they are not known
}

// A Tier is one of the two parts of a contract.
type Tier struct {
	Name         string // "core"
	Requirements []Requirement
}

// A Status is the outcome of one requirement.
type Status string

// The statuses.
const (
	Passed     Status = "passed"
	Failed     Status = "failed"
	Skipped    Status = "skipped"
	NotReached Status = "not reached"
)

// A Requirement is what the run saw of one requirement.
type Requirement struct {
	ID, Sentence string
	Status       Status
	Skip         string            // why it was skipped
	Failures     []failure.Failure // one for each arena that failed
	Records      []record.Record   // one for each arena that was played to its end
	Say          string            // what it looks like
	Contract     string            // where to read on
	Hint         string            // the command that gives a hint
	Output       string            // what the learner's code printed
	Reference    []record.Record   // of the reference, when it was asked
	NoReference  string            // why it was not asked, "" if there is no need for it
}

var (
	//go:embed style.css
	style string
	//go:embed page.html
	pageText string
	//go:embed script.html
	scriptText string
	//go:embed drawing.html
	drawingText string
)

// Write writes the report.
func Write(w io.Writer, p Page) error {
	t, err := template.New("page").Funcs(template.FuncMap{"visible": failure.Visible, "source": p.sourceAt}).Parse(pageText)
	for _, text := range []string{scriptText, drawingText} {
		if err == nil {
			t, err = t.Parse(text)
		}
	}
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if _, err := io.WriteString(w, Magic); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if err := t.Execute(w, newView(p)); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
