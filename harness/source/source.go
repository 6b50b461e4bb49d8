// Package source looks into Go files for what a process does not tell about
// itself: the names of functions, the imports, the calls that end it, and the
// tests.
package source

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
)

// Exits returns the calls in a file that end the process, as "os.Exit at
// echo.go:12". A file that is not Go has none.
func Exits(base, text string) []string {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, base, text, parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		if name := exitCall(n); name != "" {
			found = append(found, fmt.Sprintf("%s at %s:%d", name, base, fset.Position(n.Pos()).Line))
		}
		return true
	})
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

// testName matches what the go command takes for a test, an example or a fuzz
// test, all of which run.
var testName = regexp.MustCompile(`^(Test|Example|Fuzz)($|[^a-z])`)

// Tests returns the base name of the file of each test in a folder that is built
// on this platform, TestMain included, by name.
func Tests(dir string) map[string]string {
	found := map[string]string{}
	files, _ := filepath.Glob(filepath.Join(dir, "*_test.go")) // the pattern is well formed
	for _, path := range files {
		base := filepath.Base(path)
		if built, err := build.Default.MatchFile(dir, base); err != nil || !built {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			continue // the compiler says so
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && testName.MatchString(f.Name.Name) {
				found[f.Name.Name] = base
			}
		}
	}
	return found
}
