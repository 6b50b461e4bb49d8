package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// HashTexts returns a hash of named texts, in whatever order they are.
func HashTexts(texts map[string]string) string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		fmt.Fprintf(sum, "%q %q\n", name, texts[name])
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// HashTree returns a hash of the files below some folders of root that are
// wanted. A folder that does not exist has no files.
func HashTree(root string, folders []string, wanted func(path string) bool) (string, error) {
	texts := map[string]string{}
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !wanted(path) {
				return err
			}
			text, err := os.ReadFile(path)
			if rel, relErr := filepath.Rel(root, path); relErr == nil {
				texts[filepath.ToSlash(rel)] = string(text)
			}
			return err
		})
		if err != nil && !os.IsNotExist(err) {
			return "", fmt.Errorf("hash what judges the submissions: %w", err)
		}
	}
	return HashTexts(texts), nil
}
