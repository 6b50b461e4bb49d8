package grade

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/grade/book"
	"socketkata/harness/grade/catch"
	"socketkata/harness/grade/intake"
	"socketkata/harness/grade/plan"
	"socketkata/harness/grade/points"
	"socketkata/harness/grade/unit"
	"socketkata/harness/terminal"
)

// An answers map has what is to be judged, by [plan.Unit.ID].
type answers map[[2]string]unit.Answer

// prepare reads the submissions and plans the grading.
func prepare(screen *terminal.Screen, o Options, sel selection, sandbox string) (*plan.Plan, answers, error) {
	submissions, err := Submissions(screen, o.In, o.Catalog, o.Exercises)
	if err != nil {
		return nil, nil, err
	}
	p := &plan.Plan{Book: book.Book{Version: book.Version, Sandbox: sandbox, Policy: o.Policy}}
	harness, err := harnessKey(o, sandbox)
	if err != nil {
		return nil, nil, err
	}
	keys := map[string]string{}
	for _, e := range o.Exercises {
		column := points.Exercise(o.Policy, e)
		if len(e.CatchStarter()) > 0 {
			column.Catch = len(catch.Mistakes(e))
		}
		p.Book.Exercises = append(p.Book.Exercises, column)
		if keys[e.Name], err = exerciseKey(o, e, harness); err != nil {
			return nil, nil, err
		}
	}
	all := answers{}
	for _, s := range submissions {
		p.Book.Students = append(p.Book.Students, book.Student{Name: s.Student, Source: s.Source, Older: s.Older, Notices: s.Notices})
		for _, e := range o.Exercises {
			u, answer := planned(o, s, e.Name, keys[e.Name])
			p.Units = append(p.Units, u)
			all[u.ID()] = answer
		}
	}
	if err := sel.apply(p); err != nil {
		return nil, nil, err
	}
	return p, all, p.Seal()
}

// Submissions reads what was handed in for the exercises, which are loaded.
func Submissions(screen *terminal.Screen, in string, c *catalog.Catalog, exercises []*catalog.Exercise) ([]intake.Submission, error) {
	submissions, strangers, err := intake.Read(in, manifests(exercises), known(c))
	if err != nil {
		return nil, err
	}
	for _, s := range strangers {
		screen.Warn("%s is no submission: neither a folder nor a zip or tar archive", s)
	}
	if len(submissions) == 0 {
		return nil, fmt.Errorf("%s has no submission: put one folder or archive for each student there", in)
	}
	for _, s := range submissions {
		for _, e := range exercises {
			w := s.Work[e.Name]
			if untouched(w.Catch, e.CatchStarter()) {
				w.Catch = nil
			}
			if w.Untouched = untouched(w.Files, e.Stub); w.Untouched {
				w.Files = nil
			}
			s.Work[e.Name] = w
		}
	}
	return submissions, nil
}

// untouched reports whether files are those that a learner begins with, and no
// others. A whole repository that is handed in has them in each exercise, and they
// say nothing about the student.
func untouched(files map[string]string, starter []string) bool {
	for _, file := range starter {
		text, err := os.ReadFile(file)
		if err != nil || lf(files[filepath.Base(file)]) != lf(string(text)) {
			return false
		}
	}
	return len(files) > 0 && len(files) == len(starter)
}

// lf has the line ends of a text that git may have changed for Windows.
func lf(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// planned is one unit of a plan, and what is to be judged.
func planned(o Options, s intake.Submission, exercise, key string) (plan.Unit, unit.Answer) {
	u := plan.Unit{Student: s.Student, Exercise: exercise}
	w := s.Work[exercise]
	if known := settled(s, w); known.State != "" {
		known.Exercise = exercise
		u.Known = &known
	}
	texts := map[string]string{}
	for name, text := range w.Files {
		texts[name] = text
	}
	for name, text := range w.Catch {
		texts["catch/"+name] = text
	}
	if len(texts) > 0 {
		u.Files, u.Late = plan.HashTexts(texts), points.Late(o.Policy, w.Newest)
	}
	u.Key = plan.HashTexts(map[string]string{"judge": key, "files": u.Files})
	return u, unit.Answer{Files: w.Files, Catch: w.Catch, Seed: seed(u.Key)}
}

// seed makes random input of a unit's own, which is the same in every run.
func seed(key string) uint64 {
	n, _ := strconv.ParseUint(key[:15], 16, 64) // hexadecimal digits
	return max(n, 1)
}

// settled is the outcome if there is nothing to judge. Otherwise its State is
// empty.
func settled(s intake.Submission, w intake.Work) book.Unit {
	why := cmp.Or(s.Refused, w.Refused)
	switch {
	case s.Fault != "":
		return book.Unit{State: book.InfraError, Why: s.Fault}
	case why != "":
		return book.Unit{State: book.Refused, Why: why}
	case w.Untouched && len(w.Catch) == 0:
		return book.Unit{State: book.NotSubmitted, Why: "the code is as it was handed out"}
	case len(w.Files)+len(w.Catch) == 0:
		return book.Unit{State: book.NotSubmitted}
	}
	return book.Unit{}
}

// exerciseKey is a hash of everything but the answer that can change what is
// seen of one: the exercise and what judges it.
func exerciseKey(o Options, e *catalog.Exercise, harness string) (string, error) {
	exercise, err := plan.HashTree(o.Catalog.Root, []string{"exercises/" + e.Name, "solutions/" + e.Name}, func(path string) bool {
		// A learner's work in the exercise's folder is not what is judged.
		return filepath.Dir(path) != e.Dir || strings.HasSuffix(path, "_test.go") || filepath.Base(path) == "README.md"
	})
	return plan.HashTexts(map[string]string{"exercise": exercise, "judge": harness}), err
}

// harnessKey is a hash of what judges all exercises: the harness, the Go that
// builds it, and how it is asked.
func harnessKey(o Options, sandbox string) (string, error) {
	harness, err := plan.HashTree(o.Catalog.Root, []string{"harness", "go.mod", "go.sum"}, func(path string) bool {
		return filepath.Ext(path) != ".md" && !strings.HasSuffix(path, "_test.go") && !strings.Contains(filepath.ToSlash(path), "/testdata/")
	})
	return plan.HashTexts(map[string]string{
		"harness": harness, "sandbox": sandbox, "limit": o.Unit.Limit.String(),
		"go": runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH,
	}), err
}

// manifests says what makes an answer to each exercise.
func manifests(exercises []*catalog.Exercise) []intake.Exercise {
	var all []intake.Exercise
	for _, e := range exercises {
		files := e.Stub
		if len(files) == 0 { // there are no solutions in this copy
			files = e.LearnerFiles()
		}
		m := intake.Exercise{Name: e.Name}
		for _, f := range files {
			m.Files = append(m.Files, filepath.Base(f))
		}
		tests, _ := filepath.Glob(filepath.Join(e.Dir, "*_test.go")) // the pattern is right
		for _, f := range tests {
			m.Tests = append(m.Tests, filepath.Base(f))
		}
		all = append(all, m)
	}
	return all
}
