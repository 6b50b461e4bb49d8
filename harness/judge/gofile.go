package judge

import (
	"go/parser"
	"go/token"
)

// packageName returns what the package clause of a Go file says, "" if it has
// none.
func packageName(path string) string {
	tree, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly)
	if err != nil {
		return ""
	}
	return tree.Name.Name
}
