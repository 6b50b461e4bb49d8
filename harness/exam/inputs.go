package exam

import (
	"path/filepath"
	"slices"
)

// common are inputs of every part.
var common = []string{"harness", "go.mod", "go.sum"}

// Inputs returns what can change the verdict on an exercise: files and folders
// relative to the root.
func Inputs(exercise string) []string {
	return append(slices.Clone(common), "exercises/"+exercise, "solutions/"+exercise)
}

// RunInputs returns what can change the result of one run of the exercise's
// tests, beside the candidate.
func RunInputs(exercise string) []string {
	return append(slices.Clone(common), "exercises/"+exercise)
}

// PackageInputs returns what can change the result of the tests of a package.
// Several judge real exercises, but none looks at their known mistakes.
func PackageInputs(root string) ([]string, error) {
	inputs := append(slices.Clone(common), "exercises", "Makefile", ".vscode")
	for _, pattern := range []string{"solutions/*/*", "solutions/*/testdata/*"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return nil, err
		}
		for _, path := range found {
			if base := filepath.Base(path); base == "testdata" || base == "wrong" {
				continue
			}
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return nil, err
			}
			inputs = append(inputs, filepath.ToSlash(rel))
		}
	}
	return inputs, nil
}
