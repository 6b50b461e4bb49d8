package boundary

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/source"
)

// expression is the function as a value in package main: "subject.Serve",
// "(*subject.Server).Serve".
func (a *API) expression(f *ast.FuncDecl) string {
	receiver, method, isMethod := strings.Cut(source.Name(f), ".")
	switch {
	case !isMethod:
		return "subject." + receiver
	case strings.HasPrefix(printed(a.fset, f.Recv.List[0].Type), "*"):
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
		fmt.Fprintf(&b, "\t\t%q: %s,\n", source.Name(f), a.expression(f))
	}
	b.WriteString("\t}, map[string]error{\n")
	for _, v := range a.errors {
		fmt.Fprintf(&b, "\t\t%q: subject.%s,\n", v, v)
	}
	b.WriteString("\t})\n}\n")
	return format.Source(b.Bytes())
}
