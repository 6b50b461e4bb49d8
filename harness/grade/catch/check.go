package catch

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"

	"socketkata/harness/catalog"
)

// Package is the name of the package of the tests.
const Package = catalog.CatchFolder

// allowed are the packages that tests may import, beside the exercise's. With
// them they can talk to the code under test and look at what it returns. They
// cannot find out which answer it is, by its files, its variables or the clock,
// and they do no harm.
var allowed = []string{
	"bytes", "cmp", "context", "encoding/binary", "encoding/hex", "errors", "fmt", "io", "iter", "maps", "math", "math/bits", "net", "slices",
	"sort", "strconv", "strings", "sync", "sync/atomic", "testing", "time", "unicode", "unicode/utf8",
	catalog.Module + "/harness/fault", catalog.Module + "/harness/peer",
}

// only are the names that tests may use of a package, if not all.
var only = map[string][]string{
	"net": {"Addr", "Conn", "ErrClosed", "Error", "IP", "IPv4", "JoinHostPort", "Listener", "OpError", "PacketConn", "SplitHostPort",
		"TCPAddr", "TCPConn", "TCPListener", "UDPAddr", "UDPConn", "UnixAddr", "UnixConn", "UnixListener"},
	"testing": {"T", "TB"},
	"time":    {"Duration", "Hour", "Microsecond", "Millisecond", "Minute", "Nanosecond", "Second", "Time"},
}

// not are names that tests may not use.
var not = map[string][]string{catalog.Module + "/harness/peer": {"Play", "Process", "StartSubject"}}

// check returns the names of the tests, or in one sentence why they cannot be
// run.
func check(e *catalog.Exercise, tests map[string]string) (names []string, why string) {
	for _, base := range slices.Sorted(maps.Keys(tests)) {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, base, tests[base], parser.SkipObjectResolution)
		if err != nil {
			return nil, "the tests do not compile: " + complaint(err)
		}
		if why := checkFile(e, fset, file); why != "" {
			return nil, why
		}
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") {
				names = append(names, fn.Name.Name)
			}
		}
	}
	switch {
	case len(names) == 0:
		return nil, "there is no test: write a function TestX(t *testing.T) in a file that ends in _test.go"
	case slices.Contains(names, "TestMain"):
		return nil, "TestMain is not allowed here: leave it out"
	}
	return names, ""
}

func complaint(err error) string {
	if list := (scanner.ErrorList)(nil); errors.As(err, &list) {
		return list[0].Error()
	}
	return err.Error()
}

// checkFile returns what is not allowed in a file.
func checkFile(e *catalog.Exercise, fset *token.FileSet, file *ast.File) string {
	place := func(n ast.Node) string {
		at := fset.PositionFor(n.Pos(), false)
		return fmt.Sprintf("%s:%d", at.Filename, at.Line)
	}
	if file.Name.Name != Package {
		return fmt.Sprintf("%s: write package %s, not %s", place(file.Name), Package, file.Name.Name)
	}
	imported := map[string]string{} // name here → path
	for _, spec := range file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value) // the parser has accepted it
		own := path == catalog.Module+"/exercises/"+e.Name
		if !own && !slices.Contains(allowed, path) {
			return fmt.Sprintf("%s: package %s is not allowed in these tests", place(spec), path)
		}
		name := path[strings.LastIndex(path, "/")+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if name == "." {
			return fmt.Sprintf("%s: import %s under a name, not with a dot", place(spec), path)
		}
		imported[name] = path
	}
	why := ""
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok || why != "" {
			return why == ""
		}
		pkg, ok := s.X.(*ast.Ident)
		if path := imported[nameOf(pkg, ok)]; path != "" && forbidden(path, s.Sel.Name) {
			why = fmt.Sprintf("%s: %s.%s is not allowed in these tests: %s", place(s), pkg.Name, s.Sel.Name, instead(path))
		}
		return true
	})
	return why
}

func nameOf(id *ast.Ident, ok bool) string {
	if !ok {
		return ""
	}
	return id.Name
}

func forbidden(path, name string) bool {
	some, restricted := only[path]
	return restricted && !slices.Contains(some, name) || slices.Contains(not[path], name)
}

// instead says what to do without a forbidden name.
func instead(path string) string {
	switch path {
	case "time":
		return "the bench waits for you, and b.Advance lets virtual time pass"
	case "net":
		return "the bench makes the conns"
	}
	return "a test is a call of peer.Run"
}
