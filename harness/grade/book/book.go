// Package book holds what a grading says about a class, as data: the gradebook
// that one grade run writes, that merge joins, and that every report is written
// from.
//
// No state, pass or point in it depends on when, where or how fast the grading
// ran, nor on how the work was divided. Got, Want and Text say what was seen of
// a failure that time: of two things that happen at once, either may be first.
// They stay as they are until the answer is judged again. [Book.Verdicts] is the
// book without them.
package book

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
)

// Version is the version of the format. A program refuses a book of another.
const Version = 1

// A Book is the outcome of grading a class.
type Book struct {
	Version   int        `json:"version"`
	Plan      string     `json:"plan"`    // hash of what was to be graded, and of what judged it
	Sandbox   string     `json:"sandbox"` // what shut the submissions in: "bubblewrap", "namespaces", "none"
	Policy    Policy     `json:"policy"`
	Exercises []Exercise `json:"exercises"` // in order of number
	Students  []Student  `json:"students"`  // in order of name
}

// A Policy is how results become points.
type Policy struct {
	// Points gives each requirement its points. Without it, an exercise counts
	// as a whole: one point if every core requirement passed.
	Points   bool    `json:"points"`
	Core     float64 `json:"core,omitempty"`     // points of a core requirement
	Hardened float64 `json:"hardened,omitempty"` // points of a hardened requirement
	Deadline string  `json:"deadline,omitempty"` // RFC 3339; a submission is as old as its newest file
	// LateFactor is what the points of a late submission are multiplied by:
	// 0 refuses it, 1 ignores the deadline.
	LateFactor float64 `json:"lateFactor"`
}

// An Exercise is one column of the book.
type Exercise struct {
	Name         string        `json:"name"` // "05-echo"
	Title        string        `json:"title"`
	Max          float64       `json:"max"` // points of the code
	Requirements []Requirement `json:"requirements"`
	Catch        int           `json:"catch,omitempty"` // known mistakes that submitted tests are tried on
}

// A Requirement is one rule of an exercise's contract.
type Requirement struct {
	ID       string  `json:"id"` // "R3"
	Sentence string  `json:"sentence"`
	Core     bool    `json:"core"`
	Max      float64 `json:"max"`
}

// A Student is one row of the book.
type Student struct {
	Name    string   `json:"name"`              // the name of the submission, as it was; it may hold anything
	Source  string   `json:"source"`            // the folder or archive that was graded, relative to the submissions
	Older   []string `json:"older,omitempty"`   // other submissions of the student, which were not
	Notices []string `json:"notices,omitempty"` // what was left out on the way in, one sentence each
	Units   []Unit   `json:"units"`             // one for each exercise, in the book's order
}

// A State is what became of a unit.
type State string

// The states.
const (
	Graded       State = "graded"           // Results say what passed
	NotSubmitted State = "not submitted"    // no file of the exercise was there
	NotCompiled  State = "does not compile" // Why is the compiler's first line, Output all of them
	Refused      State = "refused"          // Why names the file, the line and what is not allowed there
	Tampered     State = "tampered"         // the code reached for the verdict; nothing it did in process counts
	InfraError   State = "infra_error"      // the grader failed, or a shard is missing: nothing is said about the student
)

// A Unit is one student's answer to one exercise.
type Unit struct {
	Exercise string   `json:"exercise"`
	State    State    `json:"state"`
	Why      string   `json:"why,omitempty"` // one sentence, if State alone does not say it
	Output   string   `json:"output,omitempty"`
	Files    string   `json:"files,omitempty"` // hash of the files that were judged
	Late     bool     `json:"late,omitempty"`
	Complete bool     `json:"complete"` // every core requirement passed
	Points   float64  `json:"points"`   // after Policy.LateFactor
	Results  []Result `json:"results,omitempty"`
	Catch    *Catch   `json:"catch,omitempty"` // how the submitted tests did, if the exercise asks for them
}

// A Tier says how far the judge was from the code when it saw a result.
type Tier string

// The tiers, the weaker first.
const (
	InProcess Tier = "in process" // one process, watched for tampering
	Apart     Tier = "apart"      // the code ran in a process of its own and had only sockets
)

// A Result is what was seen of one requirement.
type Result struct {
	Requirement string  `json:"requirement"` // "R3"
	Passed      bool    `json:"passed"`
	Skipped     string  `json:"skipped,omitempty"` // why it could not be judged here; it then counts for nobody
	TimedOut    bool    `json:"timedOut,omitempty"`
	Tier        Tier    `json:"tier"` // the strongest that could observe it
	Points      float64 `json:"points"`
	Got         string  `json:"got,omitempty"`  // of the first failure
	Want        string  `json:"want,omitempty"` // of the first failure
	Text        string  `json:"text,omitempty"` // the first failure as the learner would see it
}

// A Catch is how a student's own tests did.
type Catch struct {
	Caught  int            `json:"caught"` // known mistakes that the tests failed
	Of      int            `json:"of"`
	Missed  map[string]int `json:"missed,omitempty"`  // requirement → known mistakes that slipped through
	Refused []string       `json:"refused,omitempty"` // right answers that a test failed: "reference", names
	Void    []string       `json:"void,omitempty"`    // the tests that therefore do not count, one sentence each
	Why     string         `json:"why,omitempty"`     // why the tests could not run
}

// Verdicts returns the book without what differs between two gradings of the same
// submissions: Got, Want and Text of each result. They name ports, sizes of reads
// and places of goroutines, and the first of several failures.
func (b *Book) Verdicts() *Book {
	v := *b
	v.Students = slices.Clone(b.Students)
	for i := range v.Students {
		s := &v.Students[i]
		s.Units = slices.Clone(s.Units)
		for j := range s.Units {
			u := &s.Units[j]
			u.Results = slices.Clone(u.Results)
			for k := range u.Results {
				r := &u.Results[k]
				r.Got, r.Want, r.Text = "", "", ""
			}
		}
	}
	return &v
}

// Round keeps sums of points free of binary dust, which would differ with the
// order of adding.
func Round(points float64) float64 { return math.Round(points*1e6) / 1e6 }

// Read reads a book from a file.
func Read(file string) (*Book, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the book: %w", err)
	}
	b := new(Book)
	if err := json.Unmarshal(text, b); err != nil {
		return nil, fmt.Errorf("read the book %s: %w", file, err)
	}
	if b.Version != Version {
		return nil, fmt.Errorf("read the book %s: its format is version %d and this program reads version %d: grade again", file, b.Version, Version)
	}
	return b, nil
}
