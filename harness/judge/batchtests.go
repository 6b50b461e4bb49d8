package judge

import (
	"fmt"
	"go/build"
	"os"
	"path/filepath"
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
		changed, tests, err := source.Readdress(string(text), catalog.Module+"/exercises/"+b.e.Name, catalog.Module+"/"+folder)
		if err != nil {
			return err
		}
		b.tests = append(b.tests, tests...)
		if err := b.write(folder+"_test", strings.TrimSuffix(base, "_test.go")+".go", []byte("//line "+base+":1\n"+changed)); err != nil {
			return err
		}
	}
	return nil
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
