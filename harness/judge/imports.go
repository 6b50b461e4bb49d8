package judge

import (
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
		if err := source.Refuse(root, catalog.Module, harnessPath, base, text, seen); err != nil {
			return err
		}
	}
	return nil
}
