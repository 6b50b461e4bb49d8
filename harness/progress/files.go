package progress

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"socketkata/harness/catalog"
	"socketkata/harness/safefile"
)

// Dir is the folder for everything kata writes into a repository.
func Dir(root string) string { return filepath.Join(root, ".kata") }

// RunDir is where the last run of an exercise leaves what it saved.
func RunDir(e *catalog.Exercise) string { return filepath.Join(Dir(e.Root()), "runs", e.Name) }

// OverlayFile is where the overlay of a reference goes, so that the printed go
// command can be repeated.
func OverlayFile(e *catalog.Exercise) string {
	return filepath.Join(Dir(e.Root()), "overlay", e.Name+".json")
}

// MakeDir makes [Dir], which git ignores.
func MakeDir(root string) error {
	if err := os.MkdirAll(Dir(root), 0o755); err != nil {
		return err
	}
	ignore := filepath.Join(Dir(root), ".gitignore")
	if _, err := os.Stat(ignore); err == nil {
		return nil
	}
	return safefile.Write(ignore, []byte("*\n"))
}

// stamp is a time for the name of a file, on any file system.
func stamp(t time.Time) string { return t.Format("2006-01-02T15-04-05") }

// keepNew writes text to path, or to a new name beside it if the path is taken,
// and returns the name it used.
func keepNew(path string, text []byte) (string, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	temp, err := safefile.Temp(filepath.Dir(path), text)
	if err != nil {
		return "", err
	}
	defer os.Remove(temp)
	name := path
	for n := 2; ; n++ {
		err := os.Link(temp, name) // fails if the name is taken
		switch {
		case err == nil:
			return name, nil
		case errors.Is(err, fs.ErrExist):
			name = fmt.Sprintf("%s-%d", path, n)
		default: // a file system without links
			return name, renameNew(temp, name)
		}
	}
}

// renameNew renames a file to a name that must not be taken.
func renameNew(from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("%s: %w", to, fs.ErrExist)
	}
	return os.Rename(from, to)
}
