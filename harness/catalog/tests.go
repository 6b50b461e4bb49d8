package catalog

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"socketkata/harness/failure"
)

const peerPath = Module + "/harness/peer"

// A tested requirement is one call of peer.Run.
type tested struct {
	id, sentence, test string
	arenas             []string
	file               string // absolute
	line               int
	elsewhere          bool
}

// readTests finds the calls of peer.Run in the exercise's test files. Tests
// without one do not concern the catalog: a learner may add some.
func (e *Exercise) readTests() ([]tested, []error) {
	entries, err := os.ReadDir(e.Dir)
	if err != nil {
		return nil, []error{e.problem(e.Dir, 0, "cannot be read: %v", err)}
	}
	var found []tested
	var problems []error
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || !strings.HasSuffix(name, "_test.go") || name[0] == '.' || name[0] == '_' {
			continue
		}
		more, bad := e.readTestFile(name)
		found, problems = append(found, more...), append(problems, bad...)
	}
	if len(found) == 0 && len(problems) == 0 {
		file := filepath.Join(e.Dir, e.Slug+"_test.go")
		problems = append(problems, e.problem(file, 0, "no test calls peer.Run: add one test for each requirement of README.md"))
	}
	return found, problems
}

func (e *Exercise) readTestFile(name string) ([]tested, []error) {
	path := filepath.Join(e.Dir, name)
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
	if err != nil {
		line, text, why := syntaxProblem(err)
		return nil, []error{e.problem(path, line, text, why)}
	}
	peer := importName(file, peerPath)
	if peer == "" {
		return nil, nil
	}
	built, err := build.Default.MatchFile(e.Dir, name)
	if err != nil {
		return nil, []error{e.problem(path, 0, "cannot be matched with this platform: %v", err)}
	}
	s := &testScan{exercise: e, fset: fset, path: path, peer: peer, elsewhere: !built}
	for _, decl := range file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Body != nil {
			s.function(f)
		}
	}
	return s.found, s.problems
}

// A testScan collects the calls of peer.Run in one file.
type testScan struct {
	exercise  *Exercise
	fset      *token.FileSet
	path      string
	peer      string // the name that package peer goes by
	elsewhere bool
	found     []tested
	problems  []error
}

func (s *testScan) add(at token.Pos, format string, args ...any) {
	s.problems = append(s.problems, s.exercise.problem(s.path, s.fset.Position(at).Line, format, args...))
}

func (s *testScan) function(f *ast.FuncDecl) {
	isTest := f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test")
	calls := 0
	ast.Inspect(f.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || !isSelector(call.Fun, s.peer, "Run") {
			return true
		}
		calls++
		switch {
		case !isTest:
			s.add(call.Pos(), "peer.Run is called in %s: call it from the body of a top-level test", f.Name.Name)
		case calls > 1:
			s.add(call.Pos(), "%s calls peer.Run twice: write one test for each requirement", f.Name.Name)
		default:
			s.run(f.Name.Name, call)
		}
		return true
	})
}

// run reads one call: peer.Run(t, "R3: sentence", script, arenas...).
func (s *testScan) run(test string, call *ast.CallExpr) {
	if len(call.Args) < 3 {
		s.add(call.Pos(), "peer.Run needs t, a sentence and a script")
		return
	}
	text, ok := stringLiteral(call.Args[1])
	id, sentence, cut := strings.Cut(text, ": ")
	if !ok || !cut || !isRequirementID(id) {
		s.add(call.Args[1].Pos(), "give peer.Run the requirement as one string literal, like \"R3: sentence\"")
		return
	}
	t := tested{id: id, sentence: sentence, test: test, file: s.path,
		line: s.fset.Position(call.Args[1].Pos()).Line, elsewhere: s.elsewhere}
	for _, arg := range call.Args[3:] {
		if isSelector(arg, s.peer, "Outside") { // no arena of the exam's
			continue
		}
		sel, ok := arg.(*ast.SelectorExpr)
		if !ok || !isSelector(arg, s.peer, sel.Sel.Name) || !isArena(strings.ToLower(sel.Sel.Name)) {
			s.add(arg.Pos(), "name the arenas one by one as peer.Memory, peer.Virtual and peer.Loopback")
			return
		}
		t.arenas = append(t.arenas, strings.ToLower(sel.Sel.Name))
	}
	if len(t.arenas) == 0 { // what peer.Run does
		t.arenas = []string{failure.Memory, failure.Loopback}
	}
	s.found = append(s.found, t)
}

// join pairs the contract's sentences with their tests.
func (e *Exercise) join(r readme, tests []tested) []error {
	var problems []error
	byID := map[string]tested{}
	for _, t := range tests {
		if first, twice := byID[t.id]; twice {
			problems = append(problems, e.problem(t.file, t.line, "%s is tested by %s already: write one test for each requirement", t.id, first.test))
			continue
		}
		byID[t.id] = t
	}
	readmeFile := filepath.Join(e.Dir, "README.md")
	lastFile, lastLine := "", 0
	for _, l := range r.requirements {
		t, ok := byID[l.id]
		delete(byID, l.id)
		switch {
		case !ok:
			problems = append(problems, e.problem(readmeFile, l.line, "%s has no test: add one that calls peer.Run(t, %q, …)", l.id, l.id+": "+l.sentence))
			continue
		case t.sentence != l.sentence:
			problems = append(problems, e.problem(t.file, t.line, "%s reads %q here and %q at README.md:%d: use the very same sentence", l.id, t.sentence, l.sentence, l.line))
		case t.file == lastFile && t.line < lastLine:
			problems = append(problems, e.problem(t.file, t.line, "%s is tested above the requirement before it: order the tests by requirement", l.id))
		case t.file < lastFile: // go test runs the files by name
			problems = append(problems, e.problem(t.file, t.line, "%s runs before %s, which tests the requirement before it: rename one of the files", l.id, filepath.Base(lastFile)))
		}
		lastFile, lastLine = t.file, t.line
		e.Requirements = append(e.Requirements, Requirement{ID: l.id, Sentence: l.sentence, Tier: l.tier,
			Test: t.test, Arenas: t.arenas, Elsewhere: t.elsewhere})
	}
	for _, t := range tests {
		if _, left := byID[t.id]; left {
			delete(byID, t.id)
			problems = append(problems, e.problem(t.file, t.line, "%s is not in README.md: add it to the contract", t.id))
		}
	}
	return problems
}

func isSelector(x ast.Expr, pkg, name string) bool {
	sel, ok := x.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && id.Name == pkg
}

func stringLiteral(x ast.Expr) (string, bool) {
	lit, ok := x.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

func isRequirementID(id string) bool {
	n, err := strconv.Atoi(strings.TrimPrefix(id, "R"))
	return err == nil && n > 0 && id == "R"+strconv.Itoa(n)
}

// importName returns the name by which file knows the package, "" if it does
// not import it.
func importName(file *ast.File, path string) string {
	for _, imp := range file.Imports {
		if imp.Path.Value != strconv.Quote(path) {
			continue
		}
		if imp.Name != nil {
			return imp.Name.Name
		}
		return filepath.Base(path)
	}
	return ""
}
