package source

import (
	"go/parser"
	"go/token"
	"strconv"
)

// An Import is one import of a Go file.
type Import struct {
	Path string
	Line int
}

// Imports returns what a file imports, whatever its build constraints and its
// line directives say. Of a file that is not Go it returns what can be read.
func Imports(text string) []Import {
	fset := token.NewFileSet()
	file, _ := parser.ParseFile(fset, "", text, parser.ImportsOnly)
	if file == nil {
		return nil
	}
	var found []Import
	for _, spec := range file.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil {
			found = append(found, Import{Path: path, Line: fset.PositionFor(spec.Pos(), false).Line})
		}
	}
	return found
}
