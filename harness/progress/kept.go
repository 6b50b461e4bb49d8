package progress

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/terminal"
)

func keptDir(e *catalog.Exercise) string { return filepath.Join(Dir(e.Root()), "kept", e.Name) }

// ListKept prints the names of the files that resets have kept, and how to
// restore one.
func ListKept(screen *terminal.Screen, e *catalog.Exercise) error {
	entries, err := os.ReadDir(keptDir(e))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("list the kept files: %w", err)
	}
	if len(entries) == 0 {
		screen.Printf("no file of %s is kept yet\n", e.Name)
		return nil
	}
	for _, entry := range entries {
		screen.Printf("%s\n", terminal.Visible(entry.Name()))
	}
	screen.Printf("\nmake reset EX=%s KEPT=NAME brings one of them back\n", e.EX())
	return nil
}

// keptName is what [keep] makes of the name of a Go file.
var keptName = regexp.MustCompile(`^(.+\.go)\.[0-9]{4}-[0-9T-]+$`)

// Restore puts a kept file back into the exercise's folder. It keeps the file
// that it replaces.
func Restore(screen *terminal.Screen, e *catalog.Exercise, name string) error {
	m := keptName.FindStringSubmatch(name)
	if m == nil || strings.ContainsAny(name, `/\`) {
		return terminal.Usagef("%q is not the name of a kept file: make reset EX=%s KEPT=list shows them", name, e.EX())
	}
	text, err := os.ReadFile(filepath.Join(keptDir(e), name))
	if errors.Is(err, fs.ErrNotExist) {
		return terminal.Usagef("no file %q is kept: make reset EX=%s KEPT=list shows them", name, e.EX())
	}
	if err != nil {
		return fmt.Errorf("read the kept file: %w", err)
	}
	path := filepath.Join(e.Dir, m[1])
	changed, err := replace(screen, e, path, text)
	switch {
	case err != nil:
		return err
	case changed:
		screen.Printf("%s is %s again\n", terminal.Visible(terminal.Here(path)), name)
	default:
		screen.Printf("%s is that file already\n", terminal.Visible(terminal.Here(path)))
	}
	return nil
}
