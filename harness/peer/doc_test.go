package peer

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDocListsEveryName holds the page of doc.go to what the package exports,
// on every platform.
func TestDocListsEveryName(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	page, names := "", map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		require.NoError(t, err)
		page += f.Doc.Text()
		for _, d := range f.Decls {
			for _, name := range exported(d) {
				names[name] = true
			}
		}
	}
	require.Contains(t, names, "Bench.Serve")
	for name := range names {
		require.True(t, strings.Contains(page, "["+name+"]"), "doc.go lists every verb by purpose: add [%s]", name)
	}
	for link := range strings.SplitSeq(page, "[") {
		if name, _, ok := strings.Cut(link, "]"); ok && ast.IsExported(name) {
			require.True(t, names[name], "doc.go lists %s, which does not exist", name)
		}
	}
}

// exported returns the exported names of a declaration, methods as
// "Bench.Serve".
func exported(d ast.Decl) []string {
	var names []string
	add := func(owner string, id *ast.Ident) {
		if id.IsExported() && (owner == "" || ast.IsExported(owner)) {
			names = append(names, strings.TrimPrefix(owner+"."+id.Name, "."))
		}
	}
	switch d := d.(type) {
	case *ast.FuncDecl:
		add(receiver(d), d.Name)
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				add("", s.Name)
			case *ast.ValueSpec:
				for _, id := range s.Names {
					add("", id)
				}
			}
		}
	}
	return names
}

// receiver returns the name of a method's type, "" for a function.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return "?"
		}
	}
}
