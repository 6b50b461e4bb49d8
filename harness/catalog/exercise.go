package catalog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"socketkata/harness/failure"
)

// An Exercise is one folder of exercises/ and what belongs to it in
// solutions/.
type Exercise struct {
	Number int
	Slug   string // "echo", which is the package name
	Name   string // "05-echo", which is the folder name

	Dir         string // absolute
	SolutionDir string // absolute; it does not exist in a copy without solutions

	// From here on, what [Exercise.Load] reads.

	Title        string // "The echo server made right"
	Part         string // "Part 2"
	Platforms    string // "every platform", "Linux and macOS"
	Arenas       []string
	Requirements []Requirement // R1, R2, …
	Mistakes     []Mistake     // known wrong answers, by name
	Right        []Answer      // right answers in other styles than the reference's, by name
	Stub         []string      // absolute paths of the files a learner begins with
	Reference    []string      // absolute paths of the files of the reference answer

	root  string
	flaws []error // of the known mistakes and the right answers
}

// A Tier is one of the two parts of a contract.
type Tier string

// The tiers: an exercise is done when its core is, and its hardened part is
// what real servers meet.
const (
	Core     Tier = "core"
	Hardened Tier = "hardened"
)

// A Requirement is one sentence of an exercise's contract and its test.
type Requirement struct {
	ID       string // "R3"
	Sentence string
	Tier     Tier
	Test     string   // "TestHalfClose"
	Arenas   []string // of failure.Arenas
	Hints    []string // nudge, idea, shape of the code
	// Elsewhere is true when the test is not built on this platform.
	Elsewhere bool
}

// An Answer is one that the repository keeps beside the reference: a right one
// in another style, or a mistake.
type Answer struct {
	Name  string            // "one-read-one-message"
	File  string            // absolute path of the file that says what it is
	About string            // first sentence: its style, or what it does wrong
	Code  map[string]string // base name → text of each file, those of the reference included that it leaves as they are
}

// A Mistake is a known wrong answer.
type Mistake struct {
	Answer
	Diff         string            // against the reference; "" for a complete file
	Seen         string            // where it was met
	Say          string            // what a great tester would say
	Requirements []string          // the requirements that fail, in order
	Symptoms     []failure.Symptom // the first of them fails with any of these
	Shows        []string          // words that its failure has, or after "!" has not; see package diagnose
	Arenas       []string          // where it must be caught; empty: wherever its requirements run
}

// NeedsRace reports whether only the race detector sees the mistake.
func (m Mistake) NeedsRace() bool { return slices.Contains(m.Symptoms, failure.Race) }

// A Problem is a place in the repository that breaks a convention.
type Problem struct {
	File string // relative to the repository, with slashes
	Line int    // 0 when it is the whole file
	Text string // what is wrong and what to do
}

func (p *Problem) Error() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.Text)
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
}

// Check is Load for maintainers: a known mistake or a right answer that breaks a
// convention is a problem, too.
func (e *Exercise) Check() error {
	err := e.Load()
	return errors.Join(append([]error{err}, e.flaws...)...)
}

// Load reads what the exercise's folders say. The error joins every
// [*Problem] found. A known mistake or a right answer that breaks a convention
// is left out without an error: a learner can do without it.
func (e *Exercise) Load() error {
	readme, problems := e.readReadme()
	tests, more := e.readTests()
	problems = append(problems, more...)
	e.Title, e.Part, e.Platforms, e.Arenas = readme.title, readme.part, readme.platforms, readme.arenas
	e.Requirements = nil
	if len(problems) == 0 {
		problems = e.join(readme, tests)
	}
	if len(problems) == 0 {
		problems = e.readHints()
	} else {
		e.Requirements = nil // one problem is reported once, not by everything that refers to it
	}
	return errors.Join(append(problems, e.readSolutions()...)...)
}

// HandedStub is the folder, within that of an exercise, where a hand-out without
// solutions has its copy of the stub.
const HandedStub = "testdata/stub"

// readSolutions reads solutions/NN-slug. A repository may come without any
// solutions; then there is the copy of the stub, if any, and no answers.
func (e *Exercise) readSolutions() []error {
	e.Stub, e.Reference, e.Mistakes, e.Right, e.flaws = nil, nil, nil, nil, nil
	if _, err := os.Stat(filepath.Dir(e.SolutionDir)); errors.Is(err, fs.ErrNotExist) {
		e.Stub = goFiles(filepath.Join(e.Dir, filepath.FromSlash(HandedStub)))
		return nil
	}
	var problems []error
	main := e.Slug + ".go"
	e.Reference = goFiles(e.SolutionDir)
	whole := hasBase(e.Reference, main)
	if !whole {
		problems = append(problems, e.problem(filepath.Join(e.SolutionDir, main), 0, "missing: put the reference answer there"))
	}
	stub := filepath.Join(e.SolutionDir, "testdata", "stub")
	e.Stub = goFiles(stub)
	if !hasBase(e.Stub, main) {
		problems = append(problems, e.problem(filepath.Join(stub, main), 0, "missing: put a copy of the stub there"))
	}
	if !whole {
		return problems // no patch would apply
	}
	reference, err := e.ReferenceCode()
	if err != nil {
		e.flaws = []error{err}
		return problems
	}
	e.flaws = e.readAnswers(reference)
	return problems
}

// CatchFolder is the folder, within that of an exercise, of the tests that a
// learner writes to catch known mistakes.
const CatchFolder = "catch"

// CatchStarter returns the absolute paths of the tests that a learner begins
// with in [CatchFolder]; none if the exercise does not ask for any.
func (e *Exercise) CatchStarter() []string {
	found, _ := filepath.Glob(filepath.Join(e.SolutionDir, "testdata", CatchFolder, "*_test.go")) // no bad pattern
	return found
}

// LearnerFiles returns the absolute paths of the learner's files as they are
// now: every non-test Go file in the exercise's folder.
func (e *Exercise) LearnerFiles() []string { return goFiles(e.Dir) }

// Requirement returns the requirement with that ID, nil if there is none.
func (e *Exercise) Requirement(id string) *Requirement {
	for i := range e.Requirements {
		if e.Requirements[i].ID == id {
			return &e.Requirements[i]
		}
	}
	return nil
}

// Tier returns the requirements of one tier.
func (e *Exercise) Tier(tier Tier) []Requirement {
	var in []Requirement
	for _, r := range e.Requirements {
		if r.Tier == tier {
			in = append(in, r)
		}
	}
	return in
}

// Rel returns path relative to the repository, with slashes.
func (e *Exercise) Rel(path string) string {
	rel, err := filepath.Rel(e.root, path)
	if err != nil {
		return path
	}
	return filepath.ToSlash(rel)
}

// Root returns the folder of the repository.
func (e *Exercise) Root() string { return e.root }

func (e *Exercise) problem(file string, line int, format string, args ...any) error {
	return &Problem{File: e.Rel(file), Line: line, Text: fmt.Sprintf(format, args...)}
}

// goFiles returns the non-test Go files in dir that the go command would look
// at, by name; none when dir cannot be read.
func goFiles(dir string) []string {
	entries, _ := os.ReadDir(dir) // the caller misses what is missing
	var files []string
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || name[0] == '.' || name[0] == '_' {
			continue
		}
		files = append(files, filepath.Join(dir, name))
	}
	return files
}

func hasBase(files []string, base string) bool {
	for _, f := range files {
		if filepath.Base(f) == base {
			return true
		}
	}
	return false
}
