package source

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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

// Refuse fails if a file imports the package at path or one below it, itself or
// through another package of the module, whose root is a folder. Packages in seen
// are known to be right; it adds those that it has looked at.
func Refuse(root, module, path, name, text string, seen map[string]bool) error {
	for _, i := range Imports(text) {
		if i.Path == path || strings.HasPrefix(i.Path, path+"/") {
			return fmt.Errorf("%s:%d imports %s: only tests may; remove the import", name, i.Line, i.Path)
		}
		inside, ok := strings.CutPrefix(i.Path, module+"/")
		if !ok || seen[inside] {
			continue
		}
		seen[inside] = true
		files, _ := filepath.Glob(filepath.Join(root, filepath.FromSlash(inside), "*.go"))
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil || strings.HasSuffix(file, "_test.go") {
				continue // the go command says what it cannot read
			}
			if err := Refuse(root, module, path, inside+"/"+filepath.Base(file), string(text), seen); err != nil {
				return err
			}
		}
	}
	return nil
}
