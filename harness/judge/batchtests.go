package judge

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/source"
)

// addTests copies the exercise's tests into a package that imports the
// candidate's.
func (b *Batch) addTests(folder string) error {
	files, err := filepath.Glob(filepath.Join(b.testDir, "*_test.go"))
	if err != nil {
		return err
	}
	b.tests = nil
	for _, path := range files {
		base := filepath.Base(path)
		if ok, err := build.Default.MatchFile(b.testDir, base); err != nil || !ok || source.Package(path) == b.e.Slug {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text, tests, err := readdressed(text, catalog.Module+"/exercises/"+b.e.Name, catalog.Module+"/"+folder)
		if err != nil {
			return err
		}
		b.tests = append(b.tests, tests...)
		text = append([]byte("//line "+base+":1\n"), text...)
		if err := b.write(folder+"_test", strings.TrimSuffix(base, "_test.go")+".go", text); err != nil {
			return err
		}
	}
	return nil
}

// readdressed returns a test file that imports another package instead of the
// exercise's, and the names of its test functions.
func readdressed(text []byte, from, to string) (changed []byte, tests []string, err error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", text, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, err
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") {
			tests = append(tests, fn.Name.Name)
		}
	}
	for _, spec := range f.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil && path == from {
			start, end := fset.Position(spec.Path.Pos()).Offset, fset.Position(spec.Path.End()).Offset
			text = slices.Concat(text[:start], []byte(strconv.Quote(to)), text[end:])
			break // there is one import of it
		}
	}
	return text, tests, nil
}

// dispatcher is the test that is linked. It has the tests of the exercise by
// name, and each calls that of the candidate whose turn it is.
func (b *Batch) dispatcher() []byte {
	var imports, table, tests strings.Builder
	for i, fingerprint := range b.members {
		fmt.Fprintf(&imports, "\tc%d %q\n", i, catalog.Module+"/"+b.member(fingerprint)+"_test")
		fmt.Fprintf(&table, "\t%q: {", fingerprint)
		for _, name := range b.tests {
			fmt.Fprintf(&table, "%q: c%d.%s, ", name, i, name)
		}
		table.WriteString("},\n")
	}
	for _, name := range b.tests {
		fmt.Fprintf(&tests, "func %s(t *testing.T) { its(%q)(t) }\n", name, name)
	}
	return fmt.Appendf(nil, `package batch_test

import (
	"os"
	"testing"

	%q
%s)

var table = map[string]map[string]func(*testing.T){
%s}

func its(test string) func(*testing.T) { return table[os.Getenv(%q)][test] }

func %s(*testing.T) {
	if turn := os.Getenv(%q); table[turn] != nil {
		results.Inherited().Witness(turn)
	}
}

%s`, resultsPackage, imports.String(), table.String(), candidateVariable, witnessTest, candidateVariable, tests.String())
}
