package progress

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"socketkata/harness/catalog"
	"socketkata/harness/safefile"
	"socketkata/harness/terminal"
)

// Reset puts the stub back into the exercise's folder and forgets the result.
// It keeps a copy of what the learner wrote before it replaces anything.
func Reset(screen *terminal.Screen, e *catalog.Exercise) error {
	if len(e.Stub) == 0 {
		return errors.New("no copy of the stub is here: take it from where you got this repository")
	}
	if err := MakeDir(e.Root()); err != nil {
		return fmt.Errorf("make a folder for your file: %w", err)
	}
	changed := false
	for _, stub := range e.Stub {
		did, err := resetFile(screen, e, stub)
		if err != nil {
			return err
		}
		changed = changed || did
	}
	for _, path := range e.LearnerFiles() {
		if slices.ContainsFunc(e.Stub, func(s string) bool { return filepath.Base(s) == filepath.Base(path) }) {
			continue
		}
		if err := putAway(screen, e, path); err != nil {
			return err
		}
		changed = true
	}
	if !changed {
		screen.Printf("%s is already the stub\n", terminal.Here(filepath.Join(e.Dir, e.Slug+".go")))
	}
	if forget(screen, e) {
		screen.Printf("its last result is deleted: make test EX=%s starts again\n", e.EX())
	}
	return nil
}

// resetFile puts one file of the stub back and reports whether it had to.
func resetFile(screen *terminal.Screen, e *catalog.Exercise, stub string) (bool, error) {
	path := filepath.Join(e.Dir, filepath.Base(stub))
	want, err := os.ReadFile(stub)
	if err != nil {
		return false, fmt.Errorf("read the stub: %w", err)
	}
	changed, err := replace(screen, e, path, want)
	if changed {
		screen.Printf("%s is the stub again\n", terminal.Here(path))
	}
	return changed, err
}

// replace writes a file of the exercise, unless it has that text already. It
// keeps a copy of the text that it replaces.
func replace(screen *terminal.Screen, e *catalog.Exercise, path string, text []byte) (changed bool, err error) {
	have, err := os.ReadFile(path)
	switch {
	case err == nil && bytes.Equal(have, text):
		return false, nil
	case err == nil:
		err = keep(screen, e, path, have)
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	default:
		err = fmt.Errorf("read your file: %w", err)
	}
	if err != nil {
		return false, err
	}
	if err := safefile.Write(path, text); err != nil {
		return false, fmt.Errorf("put %s back: %w", filepath.Base(path), err)
	}
	return true, nil
}

// putAway keeps a copy of a file that the stub does not have, and removes it
// from the exercise's folder.
func putAway(screen *terminal.Screen, e *catalog.Exercise, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read your file: %w", err)
	}
	if err := keep(screen, e, path, text); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove your file from the exercise: %w", err)
	}
	screen.Printf("%s is no longer in the exercise\n", terminal.Visible(terminal.Here(path)))
	return nil
}

func keep(screen *terminal.Screen, e *catalog.Exercise, path string, text []byte) error {
	name := filepath.Join(keptDir(e), filepath.Base(path)+"."+stamp(time.Now()))
	kept, err := keepNew(name, text)
	if err != nil {
		return fmt.Errorf("keep your file: %w", err)
	}
	screen.Printf("your file is kept as %s\n", terminal.Visible(terminal.Here(kept)))
	return nil
}
