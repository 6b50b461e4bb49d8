package boundary

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"strings"

	"socketkata/harness/catalog"
)

// name is the name of a function in remote calls: "Serve", "Server.Serve".
func name(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	t := f.Recv.List[0].Type
	if p, ok := t.(*ast.StarExpr); ok {
		t = p.X
	}
	return t.(*ast.Ident).Name + "." + f.Name.Name
}

// expression is the function as a value in package main: "subject.Serve",
// "(*subject.Server).Serve".
func (a *API) expression(f *ast.FuncDecl) string {
	receiver, method, isMethod := strings.Cut(name(f), ".")
	switch {
	case !isMethod:
		return "subject." + receiver
	case strings.HasPrefix(source(a.fset, f.Recv.List[0].Type), "*"):
		return "(*subject." + receiver + ")." + method
	}
	return "subject." + receiver + "." + method
}

// Program returns the main package of the candidate's process.
func (a *API) Program(e *catalog.Exercise) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "package main\n\nimport (\n\tsubject %q\n\t%q\n)\n\n", catalog.Module+"/exercises/"+e.Name, remotePackage)
	b.WriteString("func main() {\n\tremote.Main(map[string]any{\n")
	for _, f := range a.funcs {
		fmt.Fprintf(&b, "\t\t%q: %s,\n", name(f), a.expression(f))
	}
	b.WriteString("\t}, map[string]error{\n")
	for _, v := range a.errors {
		fmt.Fprintf(&b, "\t\t%q: subject.%s,\n", v, v)
	}
	b.WriteString("\t})\n}\n")
	return format.Source(b.Bytes())
}
