package source

import (
	"go/ast"
	"go/parser"
	"go/token"
)

// Package returns what the package clause of a Go file says, "" if it has none.
func Package(path string) string {
	tree, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly)
	if err != nil {
		return ""
	}
	return tree.Name.Name
}

// Name returns the name of a function without its package, and of a method
// with its type: "Serve", "Server.Serve".
func Name(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return f.Name.Name
	}
	of := f.Recv.List[0].Type
	if star, ok := of.(*ast.StarExpr); ok {
		of = star.X
	}
	if id, ok := of.(*ast.Ident); ok {
		return id.Name + "." + f.Name.Name
	}
	return f.Name.Name
}
