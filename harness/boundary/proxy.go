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
		fmt.Fprintf(&body, "%s\n\n", source(a.fset, d))
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
		receiver = "(self " + source(a.fset, f.Recv.List[0].Type) + ") "
	}
	var parameters, outs []string
	for i, p := range flat(f.Type.Params) {
		v := fmt.Sprintf("a%d", i)
		parameters = append(parameters, v+" "+source(a.fset, p.Type))
		// An int that is a descriptor is known by its name.
		if strings.HasSuffix(p.name, "FD") && source(a.fset, p.Type) == "int" {
			args = append(args, "remote.FD(&"+v+")")
			continue
		}
		args = append(args, "&"+v)
	}
	for i, p := range flat(f.Type.Results) {
		v := fmt.Sprintf("r%d", i)
		outs = append(outs, v+" "+source(a.fset, p.Type))
		results = append(results, "&"+v)
	}
	list := func(l []string) string { return "[]any{" + strings.Join(l, ", ") + "}" }
	fmt.Fprintf(b, "func %s%s(%s) (%s) {\n\tremote.Call(shared(), %q, %s, %s)\n\treturn\n}\n\n",
		receiver, f.Name.Name, strings.Join(parameters, ", "), strings.Join(outs, ", "), name(f), list(args), list(results))
}

// A parameter is one of a list in which "a, b int" counts twice.
type parameter struct {
	name string
	Type ast.Expr
}

func flat(fields *ast.FieldList) []parameter {
	var all []parameter
	if fields == nil {
		return nil
	}
	for _, f := range fields.List {
		for _, n := range f.Names {
			all = append(all, parameter{n.Name, f.Type})
		}
		if len(f.Names) == 0 {
			all = append(all, parameter{"", f.Type})
		}
	}
	return slices.Clip(all)
}
