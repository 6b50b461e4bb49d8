package source

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
)

// Readdress returns a test file that imports the package to instead of from, and
// the names of its test functions.
func Readdress(text, from, to string) (changed string, tests []string, err error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", text, parser.SkipObjectResolution)
	if err != nil {
		return "", nil, err
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") {
			tests = append(tests, fn.Name.Name)
		}
	}
	for _, spec := range f.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil && path == from {
			start, end := fset.Position(spec.Path.Pos()).Offset, fset.Position(spec.Path.End()).Offset
			text = text[:start] + strconv.Quote(to) + text[end:]
			break // there is one import of it
		}
	}
	return text, tests, nil
}
