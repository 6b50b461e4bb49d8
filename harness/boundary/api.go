package boundary

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/printer"
	"go/token"
	"path/filepath"
	"strings"

	"socketkata/harness/catalog"
)

// An API is what an exercise's package exports.
type API struct {
	fset    *token.FileSet
	slug    string
	imports []string   // import lines
	decls   []ast.Decl // exported types, constants and variables
	funcs   []*ast.FuncDecl
	errors  []string // exported variables that are errors: ErrClosed
}

// Read reads the exported API of the files, as this platform builds them.
func Read(e *catalog.Exercise, files []string) (*API, error) {
	fset, parsed, err := parse(files)
	if err != nil {
		return nil, err
	}
	a := &API{fset: fset, slug: e.Slug}
	seen := map[string]bool{}
	for _, f := range parsed {
		for _, spec := range f.Imports {
			if line := printed(a.fset, spec); !seen[line] {
				seen[line] = true
				a.imports = append(a.imports, line)
			}
		}
		ast.FileExports(f)
		for _, d := range f.Decls {
			a.add(d)
		}
	}
	if len(a.funcs) == 0 {
		return nil, fmt.Errorf("%s exports no function", e.Name)
	}
	return a, nil
}

// parse reads those of the files that this platform builds.
func parse(files []string) (*token.FileSet, []*ast.File, error) {
	fset := token.NewFileSet()
	var parsed []*ast.File
	for _, path := range files {
		if ok, err := build.Default.MatchFile(filepath.Dir(path), filepath.Base(path)); err != nil || !ok {
			continue
		}
		f, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			return nil, nil, err
		}
		parsed = append(parsed, f)
	}
	return fset, parsed, nil
}

func (a *API) add(d ast.Decl) {
	if f, ok := d.(*ast.FuncDecl); ok {
		a.funcs = append(a.funcs, f)
		return
	}
	g := d.(*ast.GenDecl)
	if g.Tok == token.IMPORT {
		return
	}
	a.decls = append(a.decls, g)
	for _, spec := range g.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, name := range v.Names {
			if strings.HasPrefix(name.Name, "Err") {
				a.errors = append(a.errors, name.Name)
			}
		}
	}
}

func printed(fset *token.FileSet, node any) string {
	var b bytes.Buffer
	printer.Fprint(&b, fset, node) // a buffer takes everything
	return b.String()
}
