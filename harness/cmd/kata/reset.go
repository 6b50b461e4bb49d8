package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/urfave/cli/v3"

	"socketkata/harness/catalog"
)

// reset puts the stub back into the exercise's folder. What the learner wrote
// is kept first, so that at no moment it is nowhere.
func (k *kata) reset(_ context.Context, cmd *cli.Command) error {
	e, err := k.named(cmd, "reset")
	if err != nil {
		return err
	}
	if len(e.Stub) == 0 {
		return errNoSolutions
	}
	if err := makeKataDir(e.Root()); err != nil {
		return fmt.Errorf("make a place for your file: %w", err)
	}
	changed := false
	for _, stub := range e.Stub {
		did, err := k.resetFile(e, stub)
		if err != nil {
			return err
		}
		changed = changed || did
	}
	for _, path := range e.LearnerFiles() {
		if slices.ContainsFunc(e.Stub, func(s string) bool { return filepath.Base(s) == filepath.Base(path) }) {
			continue
		}
		if err := k.putAway(e, path); err != nil {
			return err
		}
		changed = true
	}
	if !changed {
		k.printf("%s is the stub already\n", k.here(filepath.Join(e.Dir, e.Slug+".go")))
	}
	if k.forget(e) {
		k.printf("its last result is forgotten: make test EX=%s begins it anew\n", number(e))
	}
	return nil
}

// resetFile puts one file of the stub back and reports whether it had to.
func (k *kata) resetFile(e *catalog.Exercise, stub string) (bool, error) {
	path := filepath.Join(e.Dir, filepath.Base(stub))
	want, err := os.ReadFile(stub)
	if err != nil {
		return false, fmt.Errorf("read the stub: %w", err)
	}
	have, err := os.ReadFile(path)
	switch {
	case err == nil && bytes.Equal(have, want):
		return false, nil
	case err == nil:
		if err := k.keep(e, path, have); err != nil {
			return false, err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return false, fmt.Errorf("read your file: %w", err)
	}
	if err := writeAtomically(path, want); err != nil {
		return false, fmt.Errorf("put the stub back: %w", err)
	}
	k.printf("%s is the stub again\n", k.here(path))
	return true, nil
}

// putAway keeps a file that the stub does not have, and takes it out of the
// exercise's folder.
func (k *kata) putAway(e *catalog.Exercise, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read your file: %w", err)
	}
	if err := k.keep(e, path, text); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("take your file out of the exercise: %w", err)
	}
	k.printf("%s is out of the exercise\n", visible(k.here(path)))
	return nil
}

func (k *kata) keep(e *catalog.Exercise, path string, text []byte) error {
	name := filepath.Join(kataDir(e.Root()), "kept", e.Name, filepath.Base(path)+"."+stamp(time.Now()))
	kept, err := keepNew(name, text)
	if err != nil {
		return fmt.Errorf("keep your file: %w", err)
	}
	k.printf("your file is kept as %s\n", visible(k.here(kept)))
	return nil
}
