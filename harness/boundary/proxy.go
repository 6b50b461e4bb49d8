package boundary

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"path/filepath"
	"slices"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/source"
)

const (
	remotePackage = catalog.Module + "/harness/remote"
	peerPackage   = catalog.Module + "/harness/peer"
)

// Proxy returns a package with the same API whose functions call the candidate's
// process.
func (a *API) Proxy() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "package %s\n\nimport (\n\t%q\n\t%q\n", a.slug, peerPackage, remotePackage)
	var body bytes.Buffer
	for _, d := range a.decls {
		fmt.Fprintf(&body, "%s\n\n", printed(a.fset, d))
	}
	for _, f := range a.funcs {
		a.function(&body, f)
	}
	for _, line := range a.imports {
		if uses(body.String(), line) {
			fmt.Fprintf(&b, "\t%s\n", line)
		}
	}
	b.WriteString(")\n\n")
	b.Write(body.Bytes())
	b.WriteString("func init() {\n\tpeer.StartSubject = func(program string) (peer.Subject, error) { return remote.Start(program) }\n}\n\n")
	b.WriteString("func shared() map[string]error {\n\treturn map[string]error{\n")
	for _, v := range a.errors {
		fmt.Fprintf(&b, "\t\t%q: %s,\n", v, v)
	}
	b.WriteString("\t}\n}\n")
	text, err := format.Source(b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("make a package that calls the process: %w\n%s", err, b.Bytes())
	}
	return text, nil
}

// uses reports whether the text mentions the package of an import line.
func uses(text, line string) bool {
	alias, path, named := strings.Cut(line, " ")
	if !named {
		path, alias = alias, filepath.Base(strings.Trim(alias, `"`))
	}
	return alias == "." || path != "" && strings.Contains(text, alias+".")
}

// function writes a function that hands everything to the process.
func (a *API) function(b *bytes.Buffer, f *ast.FuncDecl) {
	var args, results []string
	receiver := ""
	if f.Recv != nil {
		args = append(args, "&self")
		receiver = "(self " + printed(a.fset, f.Recv.List[0].Type) + ") "
	}
	var parameters, outs []string
	for i, p := range flat(f.Type.Params) {
		v := fmt.Sprintf("a%d", i)
		parameters = append(parameters, v+" "+printed(a.fset, p.Type))
		args = append(args, a.reference(p, v))
	}
	for i, p := range flat(f.Type.Results) {
		v := fmt.Sprintf("r%d", i)
		outs = append(outs, v+" "+printed(a.fset, p.Type))
		results = append(results, a.reference(p, v))
	}
	list := func(l []string) string { return "[]any{" + strings.Join(l, ", ") + "}" }
	fmt.Fprintf(b, "func %s%s(%s) (%s) {\n\tremote.Call(shared(), %q, %s, %s)\n\treturn\n}\n\n",
		receiver, f.Name.Name, strings.Join(parameters, ", "), strings.Join(outs, ", "), source.Name(f), list(args), list(results))
}

// reference is a pointer to the variable v of a parameter or result, which says
// whether it is a descriptor: an int that is one is known by its name.
func (a *API) reference(p variable, v string) string {
	if namesDescriptor(p.name) {
		switch printed(a.fset, p.Type) {
		case "int":
			return "remote.FD(&" + v + ")"
		case "[]int", "...int":
			return "remote.FDs(&" + v + ")"
		}
	}
	return "&" + v
}

// A variable is one of a list in which "a, b int" counts twice.
type variable struct {
	name string
	Type ast.Expr
}

func flat(fields *ast.FieldList) []variable {
	var all []variable
	if fields == nil {
		return nil
	}
	for _, f := range fields.List {
		for _, n := range f.Names {
			all = append(all, variable{n.Name, f.Type})
		}
		if len(f.Names) == 0 {
			all = append(all, variable{"", f.Type})
		}
	}
	return slices.Clip(all)
}
