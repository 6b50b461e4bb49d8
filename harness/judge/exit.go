package judge

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"

	"socketkata/harness/catalog"
)

// exits returns the calls in the candidate's files that end the process, as
// "os.Exit at echo.go:12". The process itself leaves no trace of which one it was.
func exits(c Candidate) []string {
	var found []string
	for _, base := range c.bases() {
		text, err := c.text(base)
		if err != nil {
			continue
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, base, text, parser.SkipObjectResolution)
		if err != nil {
			continue // the compiler said so
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if name := exitCall(n); name != "" {
				found = append(found, fmt.Sprintf("%s at %s:%d", name, base, fset.Position(n.Pos()).Line))
			}
			return true
		})
	}
	return found
}

// exitCall returns the name of the function that ends the process, if n is a call
// of one.
func exitCall(n ast.Node) string {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return ""
	}
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	pkg, ok := f.X.(*ast.Ident)
	if !ok {
		return ""
	}
	name := pkg.Name + "." + f.Sel.Name
	if slices.Contains([]string{"os.Exit", "syscall.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln"}, name) {
		return name
	}
	return ""
}

// testMain returns the test file that has a TestMain, "" if none has. The
// exercises have none, so it is the learner's.
func testMain(e *catalog.Exercise) string {
	files, _ := filepath.Glob(filepath.Join(e.Dir, "*_test.go")) // the pattern is well formed
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "TestMain" {
				return filepath.Base(path)
			}
		}
	}
	return ""
}

// cannotStart returns what the go command says when the system refuses to start
// the test binary, "" if it did not.
func cannotStart(output string) string {
	for line := range strings.Lines(output) {
		if strings.HasPrefix(line, "fork/exec ") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}
