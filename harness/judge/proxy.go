package judge

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build"
	"go/format"
	"go/parser"
	"go/printer"
	"go/token"
	"path/filepath"
	"slices"
	"strings"

	"socketkata/harness/catalog"
)

// An api is what an exercise's package exports, as far as a process boundary
// is concerned.
type api struct {
	fset    *token.FileSet
	slug    string
	imports []string   // import lines
	decls   []ast.Decl // exported types, constants and variables
	funcs   []*ast.FuncDecl
	errors  []string // exported variables that are errors: ErrClosed
}

// apiOf reads the exported API of the files, as this platform builds them.
func apiOf(e *catalog.Exercise, files []string) (*api, error) {
	a := &api{fset: token.NewFileSet(), slug: e.Slug}
	seen := map[string]bool{}
	for _, path := range files {
		if ok, err := build.Default.MatchFile(filepath.Dir(path), filepath.Base(path)); err != nil || !ok {
			continue
		}
		f, err := parser.ParseFile(a.fset, path, nil, 0)
		if err != nil {
			return nil, err
		}
		for _, spec := range f.Imports {
			if line := source(a.fset, spec); !seen[line] {
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

func (a *api) add(d ast.Decl) {
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

func source(fset *token.FileSet, node any) string {
	var b bytes.Buffer
	printer.Fprint(&b, fset, node) // a buffer takes everything
	return b.String()
}

// name is how a function is called from afar: "Serve", "Server.Serve".
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
func (a *api) expression(f *ast.FuncDecl) string {
	receiver, method, isMethod := strings.Cut(name(f), ".")
	switch {
	case !isMethod:
		return "subject." + receiver
	case strings.HasPrefix(source(a.fset, f.Recv.List[0].Type), "*"):
		return "(*subject." + receiver + ")." + method
	}
	return "subject." + receiver + "." + method
}

// program is the main package of the candidate's process.
func (a *api) program(e *catalog.Exercise) ([]byte, error) {
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

const (
	remotePackage = catalog.Module + "/harness/remote"
	peerPackage   = catalog.Module + "/harness/peer"
)

// proxy is a package with the same API whose functions call the candidate's
// process.
func (a *api) proxy() ([]byte, error) {
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
func (a *api) function(b *bytes.Buffer, f *ast.FuncDecl) {
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
