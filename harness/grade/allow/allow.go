// Package allow checks which packages and symbols an answer uses, against a list
// for each exercise. What a symbol is, the type checker says: no alias, dot
// import, embedding or method value hides it.
//
// The list keeps answers to what an exercise teaches, and takes the tools of
// tampering from code that runs in the process of the tests. It is not what a
// grade rests on alone; see the README of package grade.
package allow

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"socketkata/harness/grade/hermetic"
)

// A Refusal is a use of something that is not on the list.
type Refusal struct {
	File    string
	Line    int
	What    string // "os.Exit"
	Instead string // what to do, a whole clause
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%s:%d: %s is not allowed in this exercise: %s", r.File, r.Line, r.What, r.Instead)
}

// A Checker checks answers. It may be used concurrently.
type Checker struct {
	exports map[string]string // import path → file with its types

	mu       sync.Mutex // guards types, which reads each package once
	fset     *token.FileSet
	importer types.Importer
}

// New compiles the packages on the lists, for their types.
func New(ctx context.Context, g *hermetic.Go) (*Checker, error) {
	args := []string{"list", "-e", "-export", "-deps", "-f", "{{if .Export}}{{.ImportPath}} {{.Export}}{{end}}", "--"}
	output, err := g.Run(ctx, append(args, packages()...)...)
	if build := (*hermetic.BuildError)(nil); errors.As(err, &build) {
		err = errors.New(build.Output)
	}
	if err != nil {
		return nil, fmt.Errorf("compile the packages that answers may use: %w", err)
	}
	c := &Checker{exports: map[string]string{}, fset: token.NewFileSet()}
	c.importer = importer.ForCompiler(c.fset, "gc", c.open)
	for line := range strings.Lines(output) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		c.exports[path] = file
	}
	return c, nil
}

func (c *Checker) open(path string) (io.ReadCloser, error) {
	file, ok := c.exports[path]
	if !ok {
		return nil, fmt.Errorf("no types of %s", path)
	}
	return os.Open(file)
}

// Quick checks what can be seen without types: imports and directives. It says
// of an import why it is not allowed, where the compiler would say that there is
// no such package.
func (c *Checker) Quick(exercise string, files map[string]string) error {
	_, err := parse(token.NewFileSet(), exercise, files)
	return err
}

// parse returns the syntax of the files that are built here, nil if any has none.
func parse(fset *token.FileSet, exercise string, files map[string]string) (parsed []*ast.File, err error) {
	may := of(exercise)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := parser.ParseFile(fset, name, files[name], parser.ParseComments)
		if err != nil {
			return nil, nil
		}
		if err := checkFile(fset, f, may); err != nil {
			return nil, err
		}
		if built(name, files[name]) {
			parsed = append(parsed, f)
		}
	}
	return parsed, nil
}

// Check checks the files of an answer to an exercise, texts by base name. The
// error is a [*Refusal] of the first thing that is not allowed. Code that does
// not compile is the compiler's to refuse: Check says nil, unless it has seen
// enough.
func (c *Checker) Check(exercise string, files map[string]string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	parsed, err := parse(c.fset, exercise, files)
	if err != nil {
		return err
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	// One error is enough to leave the rest to the compiler, which also refuses.
	config := types.Config{Importer: c.importer, Error: func(error) {}}
	config.Check(exercise, c.fset, parsed, info) // what it found out is in info
	return checkUses(c.fset, parsed, info, of(exercise), exercise)
}

// built reports whether the go command compiles a file here, as hermetic builds.
func built(name, text string) bool {
	b := build.Default
	b.CgoEnabled, b.BuildTags = false, nil
	b.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
	ok, err := b.MatchFile("", name)
	return ok || err != nil
}

// checkFile checks what can be seen without types, also in files that are for
// other platforms.
func checkFile(fset *token.FileSet, f *ast.File, may list) error {
	refuse := func(at token.Pos, what, instead string) error {
		p := fset.PositionFor(at, false) // a line directive must not move the blame
		return &Refusal{File: p.Filename, Line: p.Line, What: what, Instead: instead}
	}
	for _, spec := range f.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err != nil || may[path] == nil {
			return refuse(spec.Pos(), "package "+path, insteadOf(path, may))
		}
	}
	for _, group := range f.Comments {
		for _, c := range group.List {
			if word := directive(c.Text); word != "" {
				return refuse(c.Pos(), word, "remove the comment")
			}
		}
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body == nil {
			return refuse(fn.Pos(), "a function without a body", "write it in Go")
		}
	}
	return nil
}

// directive returns the compiler directive that a comment is, "" if it is none
// or harmless.
func directive(comment string) string {
	text, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(comment, "//"), "/*"), " ")
	word, _, _ := strings.Cut(text, "\n")
	switch {
	case word == "go:build", word == "go:generate", word == "go:fix":
		return ""
	case strings.HasPrefix(word, "go:"), word == "line", word == "export", strings.HasPrefix(word, "cgo_"):
		return "//" + word
	}
	return ""
}

// checkUses checks every name that belongs to another package, in the order of
// the text.
func checkUses(fset *token.FileSet, files []*ast.File, info *types.Info, may list, own string) error {
	var first *Refusal
	at := func(n ast.Node, what, instead string) {
		p := fset.PositionFor(n.Pos(), false)
		if first == nil || p.Filename < first.File || p.Filename == first.File && p.Line < first.Line {
			first = &Refusal{File: p.Filename, Line: p.Line, What: what, Instead: instead}
		}
	}
	for id, object := range info.Uses {
		if path, symbol, ok := foreign(object, own); ok && !may.allows(path, symbol) {
			at(id, path+"."+symbol, insteadOf(path+"."+symbol, may))
		}
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			for _, x := range changed(n) {
				if v := variable(x, info, own); v != "" {
					at(x, "changing "+v, "other code relies on it; use a variable of your own")
				}
			}
			return true
		})
	}
	if first == nil {
		return nil
	}
	return first
}

// foreign returns the package and name of an exported symbol of another package:
// "Exit", "File.Close".
func foreign(object types.Object, own string) (path, symbol string, ok bool) {
	if object.Pkg() == nil || object.Pkg().Path() == own {
		return "", "", false
	}
	switch o := object.(type) {
	case *types.Func:
		o = o.Origin()
		if receiver := o.Signature().Recv(); receiver != nil {
			return o.Pkg().Path(), typeName(receiver.Type()) + "." + o.Name(), true
		}
	case *types.Const:
		if typeName(o.Type()) == "Errno" {
			return "", "", false // the number of an error does nothing
		}
	case *types.Var:
		if o.IsField() {
			return "", "", false // it goes with its type
		}
	}
	return object.Pkg().Path(), object.Name(), true
}

func typeName(t types.Type) string {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	if n, ok := t.(*types.Named); ok {
		return n.Obj().Name()
	}
	return "interface"
}

// changed returns the expressions that a node assigns to, or takes the address
// of.
func changed(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		return n.Lhs
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			return []ast.Expr{n.X}
		}
	case *ast.RangeStmt:
		return []ast.Expr{n.Key, n.Value}
	}
	return nil
}

// variable returns the name of the variable of another package that an
// expression is, or is a part of.
func variable(x ast.Expr, info *types.Info, own string) string {
	for {
		switch e := x.(type) {
		case *ast.ParenExpr:
			x = e.X
		case *ast.IndexExpr:
			x = e.X
		case *ast.StarExpr:
			x = e.X
		case *ast.SelectorExpr:
			if info.Selections[e] == nil { // a name of a package, and no field
				return foreignVariable(info.Uses[e.Sel], own)
			}
			x = e.X
		case *ast.Ident:
			return foreignVariable(info.Uses[e], own)
		default:
			return ""
		}
	}
}

func foreignVariable(object types.Object, own string) string {
	if v, ok := object.(*types.Var); ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() && v.Pkg().Path() != own {
		return v.Pkg().Path() + "." + v.Name()
	}
	return ""
}
