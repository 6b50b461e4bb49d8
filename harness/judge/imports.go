package judge

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/source"
)

// harnessPath is what no candidate may import: its packages write results.
const harnessPath = catalog.Module + "/harness"

// checkImports refuses a candidate that imports the harness, itself or through
// another package of this module. Such code could write results of its own.
func (c Candidate) checkImports(root string) error {
	seen := map[string]bool{}
	for _, base := range c.bases() {
		text, err := c.text(base)
		if err != nil {
			continue // see check
		}
		if err := refuseHarness(root, base, text, seen); err != nil {
			return err
		}
	}
	return nil
}

// refuseHarness looks at one file, and at the packages of this module that it
// imports.
func refuseHarness(root, name, text string, seen map[string]bool) error {
	for _, i := range source.Imports(text) {
		if i.Path == harnessPath || strings.HasPrefix(i.Path, harnessPath+"/") {
			return fmt.Errorf("%s:%d imports %s: only tests may; remove the import", name, i.Line, i.Path)
		}
		inside, ok := strings.CutPrefix(i.Path, catalog.Module+"/")
		if !ok || seen[inside] {
			continue
		}
		seen[inside] = true
		files, _ := filepath.Glob(filepath.Join(root, filepath.FromSlash(inside), "*.go"))
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil || strings.HasSuffix(file, "_test.go") {
				continue // the go command says what it cannot read
			}
			if err := refuseHarness(root, inside+"/"+filepath.Base(file), string(text), seen); err != nil {
				return err
			}
		}
	}
	return nil
}
