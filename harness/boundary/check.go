package boundary

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"socketkata/harness/catalog"
)

// A GoCommand runs the go command with these arguments in the repository's
// folder and returns what it prints.
type GoCommand func(args ...string) (output string, err error)

var declined = regexp.MustCompile(`(?m)^Process arena: no, because ([^\r\n]+)`)

// Declined returns why an exercise does not run in a process of its own, from
// the line "Process arena: no, because …" of its README.md; "" if there is no
// such line.
func Declined(e *catalog.Exercise) (because string, err error) {
	text, err := os.ReadFile(filepath.Join(e.Dir, "README.md"))
	if err != nil {
		return "", err
	}
	if m := declined.FindSubmatch(text); m != nil {
		return string(m[1]), nil
	}
	return "", nil
}

// Check reports every exported function, method, field and variable of the
// files whose type package remote does not carry. The error joins a
// [*catalog.Problem] for each, or is about the go command or the files.
func Check(e *catalog.Exercise, files []string, goCommand GoCommand) error {
	fset, parsed, err := parse(files)
	if err != nil {
		return err
	}
	lookup, err := exportData(parsed, goCommand)
	if err != nil {
		return fmt.Errorf("check what %s exports: %w", e.Name, err)
	}
	// Bodies do not matter, and a body that does not compile is not for here.
	config := types.Config{Importer: importer.ForCompiler(fset, "gc", lookup), IgnoreFuncBodies: true}
	pkg, err := config.Check(e.Slug, fset, parsed, nil)
	if err != nil {
		return fmt.Errorf("check what %s exports: %w", e.Name, err)
	}
	c := &checker{e: e, fset: fset, pkg: pkg, said: map[token.Pos]bool{}}
	for _, name := range pkg.Scope().Names() {
		if object := pkg.Scope().Lookup(name); object.Exported() {
			c.object(object)
		}
	}
	return errors.Join(c.problems...)
}

// exportData has the go command compile what the files import, and returns the
// function that finds the types of each package.
func exportData(files []*ast.File, goCommand GoCommand) (importer.Lookup, error) {
	args := []string{"list", "-export", "-deps", "-f", "{{if .Export}}export {{.ImportPath}} {{.Export}}{{end}}", "--"}
	var imports []string
	for _, f := range files {
		for _, spec := range f.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return nil, err
			}
			imports = append(imports, path)
		}
	}
	exports := map[string]string{}
	if len(imports) > 0 {
		output, err := goCommand(append(args, imports...)...)
		if err != nil {
			return nil, fmt.Errorf("go list: %w\n%s", err, output)
		}
		for line := range strings.Lines(output) {
			if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "export "); ok {
				path, file, _ := strings.Cut(rest, " ")
				exports[path] = file
			}
		}
	}
	return func(path string) (io.ReadCloser, error) {
		file, ok := exports[path]
		if !ok {
			return nil, fmt.Errorf("the go command knows no types of %s", path)
		}
		return os.Open(file)
	}, nil
}

// A checker collects what cannot cross.
type checker struct {
	e        *catalog.Exercise
	fset     *token.FileSet
	pkg      *types.Package
	open     []types.Type       // structs whose fields are being checked
	said     map[token.Pos]bool // a field that many functions need is one problem
	problems []error
}

// refuse adds a problem. what is the sentence's subject: "parameter m of Serve".
func (c *checker) refuse(what string, at token.Pos, r *refusal) {
	if r == nil {
		return
	}
	if r.field != "" {
		what, at = "the field "+r.field, r.pos
	}
	if c.said[at] {
		return
	}
	c.said[at] = true
	if r.name != "" {
		what += " has the type " + r.name + ", which"
	}
	p := c.fset.Position(at)
	c.problems = append(c.problems, &catalog.Problem{File: c.e.Rel(p.Filename), Line: p.Line, Text: fmt.Sprintf(
		"%s cannot cross to another process: %s; change the API, or write \"Process arena: no, because …\" into README.md", what, r.why)})
}

func (c *checker) object(object types.Object) {
	switch o := object.(type) {
	case *types.Func:
		c.function(o)
	case *types.Var:
		if o.Type() != types.Universe.Lookup("error").Type() || !strings.HasPrefix(o.Name(), "Err") {
			c.refuse("the variable "+o.Name(), o.Pos(), c.because(o.Type(), "the only variables that cross are errors whose names begin with Err"))
		}
	case *types.TypeName:
		c.declared(o)
	}
}

// declared checks an exported type's fields and methods.
func (c *checker) declared(o *types.TypeName) {
	named, ok := o.Type().(*types.Named)
	if !ok {
		return // an alias is as good as its type, where it is used
	}
	if !types.IsInterface(named) && isError(named) {
		c.refuse("the error type "+o.Name(), o.Pos(), &refusal{why: "errors.As would not find it; export a variable of type error"})
		return
	}
	if _, ok := named.Underlying().(*types.Struct); ok {
		c.refuse("the struct "+o.Name(), o.Pos(), c.carried(types.NewPointer(named), field))
	}
	for m := range named.Methods() {
		if m.Exported() {
			c.function(m)
		}
	}
}

// function checks a function or method.
func (c *checker) function(f *types.Func) {
	sig, name, keeper := f.Signature(), f.Name(), ""
	if returnsObject(sig) {
		keeper = "what the function returns may keep it"
	}
	if recv := sig.Recv(); recv != nil {
		keeper = "the receiver may keep it"
		name = types.TypeString(recv.Type(), func(*types.Package) string { return "" }) + "." + name
		c.refuse("the receiver of "+name, recv.Pos(), c.carried(recv.Type(), field))
	}
	if sig.TypeParams().Len() > 0 {
		c.refuse(name, f.Pos(), &refusal{why: "it is generic, and the program must know every type"})
		return
	}
	for v := range sig.Params().Variables() {
		r := c.carried(v.Type(), parameter)
		if r == nil && keeper != "" && lent(v) {
			r = c.because(v.Type(), "it is lent for one call, and %s", keeper)
		}
		c.refuse(fmt.Sprintf("parameter %s of %s", v.Name(), name), v.Pos(), r)
	}
	for v := range sig.Results().Variables() {
		c.refuse("a result of "+name, v.Pos(), c.carried(v.Type(), result))
	}
}
