package catalog

import (
	"errors"
	"fmt"
	"go/parser"
	"go/scanner"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"socketkata/harness/patch"
)

// readAnswers reads solutions/NN-slug/testdata/wrong/*.patch and *.go, and
// right/*.go. reference has the text of the reference's files.
func (e *Exercise) readAnswers(reference map[string]string) []error {
	var problems []error
	names := map[string]string{}
	for _, file := range answerFiles(filepath.Join(e.SolutionDir, "testdata", "wrong"), ".go", ".patch") {
		m, bad := e.readMistake(file, reference)
		if other := names[m.Name]; other != "" {
			bad = append(bad, e.problem(file, 0, "%s is the same mistake: remove one of them", e.Rel(other)))
		}
		names[m.Name] = file
		problems = append(problems, bad...)
		if len(bad) == 0 {
			e.Mistakes = append(e.Mistakes, m)
		}
	}
	for _, file := range answerFiles(filepath.Join(e.SolutionDir, "testdata", "right"), ".go") {
		a, bad := e.readRight(file, reference)
		problems = append(problems, bad...)
		if len(bad) == 0 {
			e.Right = append(e.Right, a)
		}
	}
	return problems
}

// answerFiles returns the files in dir that end in one of exts, by name; none
// when dir cannot be read.
func answerFiles(dir string, exts ...string) []string {
	entries, _ := os.ReadDir(dir) // an exercise without answers is told so by the exam
	var files []string
	for _, entry := range entries {
		for _, ext := range exts {
			if !entry.IsDir() && filepath.Ext(entry.Name()) == ext {
				files = append(files, filepath.Join(dir, entry.Name()))
			}
		}
	}
	return files
}

func (e *Exercise) readMistake(file string, reference map[string]string) (Mistake, []error) {
	var problems []error
	add := e.adder(file, &problems)
	m := Mistake{}
	var header []headerLine
	if filepath.Ext(file) == ".patch" {
		m.Answer, m.Diff, header = e.readPatch(file, reference, add)
	} else {
		m.Answer, header = e.readComplete(file, reference, add)
	}
	if len(problems) == 0 {
		e.readHeader(&m, header, add)
	}
	return m, problems
}

func (e *Exercise) readRight(file string, reference map[string]string) (Answer, []error) {
	var problems []error
	add := e.adder(file, &problems)
	a, header := e.readComplete(file, reference, add)
	if len(problems) == 0 {
		values, _ := readValues(header, add)
		if a.About = values[""]; a.About == "" {
			add(1, "begin with a comment that says in one sentence what this file is")
		}
	}
	return a, problems
}

// adder returns what notes problems of a file.
func (e *Exercise) adder(file string, problems *[]error) adder {
	return func(line int, format string, args ...any) {
		*problems = append(*problems, e.problem(file, line, format, args...))
	}
}

// readPatch reads a mistake that is a patch against the reference.
func (e *Exercise) readPatch(file string, reference map[string]string, add adder) (a Answer, diff string, header []headerLine) {
	a = Answer{Name: strings.TrimSuffix(filepath.Base(file), ".patch"), File: file}
	text, err := os.ReadFile(file)
	if err != nil {
		add(0, "cannot be read: %v", err)
		return a, "", nil
	}
	p, err := patch.Parse(string(text))
	if err == nil {
		a.Code, err = p.Apply(reference)
	}
	var at *patch.Error
	if errors.As(err, &at) {
		add(at.Line, "%s", at.Text)
		return a, "", nil
	}
	for i, line := range p.Header {
		header = append(header, headerLine{strings.TrimSpace(line), i + 1})
	}
	return a, patch.Diff(string(text)), header
}

// readComplete reads an answer that is one complete file in the place of the
// reference's main file.
func (e *Exercise) readComplete(file string, reference map[string]string, add adder) (Answer, []headerLine) {
	a := Answer{Name: strings.TrimSuffix(filepath.Base(file), ".go"), File: file}
	text, err := os.ReadFile(file)
	if err != nil {
		add(0, "cannot be read: %v", err)
		return a, nil
	}
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, file, text, parser.PackageClauseOnly|parser.ParseComments)
	if err != nil {
		add(syntaxProblem(err))
		return a, nil
	}
	if tree.Name.Name != e.Slug {
		add(fset.Position(tree.Package).Line, "package %s: write package %s", tree.Name.Name, e.Slug)
	}
	a.Code = maps.Clone(reference)
	a.Code[e.Slug+".go"] = string(text)
	var header []headerLine
	for _, group := range tree.Comments {
		for _, c := range group.List {
			text, isLine := strings.CutPrefix(c.Text, "//")
			if c.Pos() > tree.Package || !isLine || strings.HasPrefix(text, "go:") {
				continue
			}
			header = append(header, headerLine{strings.TrimSpace(text), fset.Position(c.Pos()).Line})
		}
		if len(header) > 0 {
			break
		}
	}
	return a, header
}

// PatchLine returns the place in a mistake's own file that line number of one
// of its files comes from. The line is 0 if a patch leaves that line as it is.
func (e *Exercise) PatchLine(m Mistake, base string, number int) int {
	if m.Diff == "" {
		return number
	}
	text, err := os.ReadFile(m.File)
	if err != nil {
		return 0
	}
	p, err := patch.Parse(string(text))
	if err != nil {
		return 0
	}
	reference, err := e.ReferenceCode()
	if err != nil {
		return 0
	}
	return p.Origin(reference, base, number)
}

// ReferenceCode returns the text of the reference's files by base name.
func (e *Exercise) ReferenceCode() (map[string]string, error) { return readFiles(e.Reference) }

// readFiles returns the text of files by base name.
func readFiles(paths []string) (map[string]string, error) {
	texts := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read the reference: %w", err)
		}
		texts[filepath.Base(path)] = strings.ReplaceAll(string(text), "\r\n", "\n") // git may have made them
	}
	return texts, nil
}

// syntaxProblem says in which line a file stops being Go, and why.
func syntaxProblem(err error) (line int, text, why string) {
	if list := (scanner.ErrorList)(nil); errors.As(err, &list) && len(list) > 0 {
		return list[0].Pos.Line, "%s: correct the file", list[0].Msg
	}
	return 0, "cannot be read: %s", err.Error()
}
