package catalog

import (
	"errors"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"socketkata/harness/failure"
)

// readVariants reads solutions/NN-slug/testdata/{wrong,right}/*.go.
func (e *Exercise) readVariants(kind string) ([]Variant, []error) {
	dir := filepath.Join(e.SolutionDir, "testdata", kind)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var variants []Variant
	var problems []error
	for _, file := range goFiles(dir) {
		v, bad := e.readVariant(file, kind == "wrong")
		problems = append(problems, bad...)
		if len(bad) == 0 {
			variants = append(variants, v)
		}
	}
	return variants, problems
}

func (e *Exercise) readVariant(file string, wrong bool) (Variant, []error) {
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, file, nil, parser.PackageClauseOnly|parser.ParseComments)
	if err != nil {
		return Variant{}, []error{e.syntaxProblem(file, err)}
	}
	var problems []error
	add := func(line int, format string, args ...any) {
		problems = append(problems, e.problem(file, line, format, args...))
	}
	if tree.Name.Name != e.Slug {
		add(fset.Position(tree.Package).Line, "package %s: write package %s", tree.Name.Name, e.Slug)
	}
	v := Variant{Name: strings.TrimSuffix(filepath.Base(file), ".go"), File: file}
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
	e.readHeader(&v, header, wrong, add)
	return v, problems
}

type headerLine struct {
	text string
	line int
}

var headerKey = regexp.MustCompile(`^(Seen|Caught by|Shows|Arenas|Say): *(.*)$`)

// readHeader reads the comment above a variant's package clause.
func (e *Exercise) readHeader(v *Variant, header []headerLine, wrong bool, add func(int, string, ...any)) {
	values, lines := map[string]string{}, map[string]int{}
	key := ""
	for _, h := range header {
		if m := headerKey.FindStringSubmatch(h.text); m != nil {
			key = m[1]
			if lines[key] != 0 {
				add(h.line, "%q appears twice: write it once", key+":")
			}
			values[key], lines[key] = m[2], h.line
			continue
		}
		if h.text != "" {
			values[key] = strings.TrimSpace(values[key] + " " + h.text)
		}
	}
	v.Fault, v.Seen, v.Say = values[""], values["Seen"], values["Say"]
	if v.Fault == "" {
		add(1, "begin with a comment that says in one sentence what this file is")
	}
	if !wrong {
		return
	}
	for _, k := range []string{"Seen", "Caught by", "Say"} {
		if values[k] == "" {
			add(1, "the header lacks %q: add it to the comment above the package clause", k+":")
		}
	}
	if values["Caught by"] != "" {
		e.readCaughtBy(v, values["Caught by"], lines["Caught by"], add)
	}
	if values["Shows"] != "" {
		v.Shows = strings.Split(values["Shows"], " & ")
	}
	v.Arenas = readArenas(values["Arenas"], lines["Arenas"], add)
}

// readArenas reads "memory, virtual".
func readArenas(text string, line int, add func(int, string, ...any)) []string {
	var arenas []string
	for arena := range strings.SplitSeq(text, ",") {
		if arena = strings.TrimSpace(arena); arena == "" {
			continue
		}
		if !isArena(arena) {
			add(line, "%q is no arena: write memory, virtual or loopback", arena)
		}
		arenas = append(arenas, arena)
	}
	return arenas
}

var caughtBy = regexp.MustCompile(`^(R[0-9]+)(?: \(([^)]*)\))?$`)

// readCaughtBy reads "R2 (missing tail | early EOF), R4".
func (e *Exercise) readCaughtBy(v *Variant, text string, line int, add func(int, string, ...any)) {
	last := -1
	for i, item := range strings.Split(text, ",") {
		m := caughtBy.FindStringSubmatch(strings.TrimSpace(item))
		if m == nil || (m[2] != "") != (i == 0) {
			add(line, "write it as \"Caught by: R2 (missing tail | early EOF), R4\"")
			return
		}
		at := slices.IndexFunc(e.Requirements, func(r Requirement) bool { return r.ID == m[1] })
		switch {
		case at < 0 && len(e.Requirements) > 0:
			add(line, "%s is no requirement of this exercise: name the requirements that fail", m[1])
		case at >= 0 && at <= last:
			add(line, "%s is out of order: name the requirements in order, each once", m[1])
		}
		last = max(last, at)
		v.Requirements = append(v.Requirements, m[1])
		if m[2] == "" {
			continue
		}
		for s := range strings.SplitSeq(m[2], "|") {
			symptom := failure.Symptom(strings.TrimSpace(s))
			if !slices.Contains(failure.Symptoms(), symptom) {
				add(line, "%q is no symptom: take one from harness/failure/failure.go", symptom)
			}
			v.Symptoms = append(v.Symptoms, symptom)
		}
	}
}

// syntaxProblem says where a file stops being Go.
func (e *Exercise) syntaxProblem(file string, err error) error {
	var list scanner.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		return e.problem(file, list[0].Pos.Line, "%s: correct the file", list[0].Msg)
	}
	return e.problem(file, 0, "cannot be read: %v", err)
}
