// Package handout makes the repository that students get: the exercises, the
// bench and kata, in a git history of one commit. It has no solutions, known
// mistakes or right answers, and neither the grader nor the repository's exam.
package handout

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"socketkata/harness/catalog"
	"socketkata/harness/terminal"
)

// A tree has the text of each file of a hand-out by its path, with slashes.
type tree map[string][]byte

// Make writes a hand-out with the exercises into the folder out, which must not
// exist or must be empty, and returns the number of its files. The exercises are
// loaded. If Make fails, out is as it was.
//
// It takes the files that git tracks, as they are now, but a stub in the place of
// each learner's file. So nothing that somebody has written here is handed out.
func Make(ctx context.Context, c *catalog.Catalog, exercises []*catalog.Exercise, out string) (files int, err error) {
	out, err = target(c.Root, out)
	if err != nil {
		return 0, err
	}
	if _, err := os.Stat(filepath.Join(c.Root, "solutions")); err != nil {
		return 0, catalog.ErrNoSolutions
	}
	t, err := collect(ctx, c.Root, exercises)
	if err != nil {
		return 0, fmt.Errorf("make the hand-out: %w", err)
	}
	if err := leaks(c, exercises, t); err != nil {
		return 0, err
	}
	temp, err := os.MkdirTemp(filepath.Dir(out), ".handout-")
	if err != nil {
		return 0, fmt.Errorf("make the hand-out: %w", err)
	}
	defer os.RemoveAll(temp)
	if err := errors.Join(t.write(temp), os.Chmod(temp, 0o755)); err != nil {
		return 0, fmt.Errorf("write the hand-out: %w", err)
	}
	if err := trimModules(ctx, temp); err != nil {
		return 0, err
	}
	if err := build(ctx, temp); err != nil {
		return 0, err
	}
	if err := commit(ctx, temp); err != nil {
		return 0, err
	}
	os.Remove(out) // it is empty, or it does not exist
	if err := os.Rename(temp, out); err != nil {
		return 0, fmt.Errorf("move the hand-out to its place: %w", err)
	}
	return len(t), nil
}

// target returns the absolute path of out, or says why no hand-out can be made
// there. It makes the folder above.
func target(root, out string) (string, error) {
	if out == "" {
		return "", terminal.Usagef("say where the hand-out goes: make handout OUT=../course")
	}
	abs, err := filepath.Abs(out)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", out, err)
	}
	if inside(root, abs) {
		return "", terminal.Usagef("%s is inside this repository: choose a folder outside", out)
	}
	entries, err := os.ReadDir(abs)
	switch {
	case err == nil && len(entries) > 0:
		return "", terminal.Usagef("%s is not empty: choose a new folder", out)
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return "", terminal.Usagef("%s is not a folder: choose a new one", out)
	}
	if err := os.MkdirAll(filepath.Dir(abs), 0o755); err != nil {
		return "", fmt.Errorf("make the folder above the hand-out: %w", err)
	}
	return abs, nil
}

// inside reports whether path is root or below it, even if it does not exist and
// symbolic links lead there.
func inside(root, path string) bool {
	for {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			rel, err := filepath.Rel(root, real)
			return err == nil && filepath.IsLocal(rel)
		}
		above := filepath.Dir(path)
		if above == path {
			return false
		}
		path = above
	}
}

// write writes the files below dir.
func (t tree) write(dir string) error {
	for _, name := range slices.Sorted(maps.Keys(t)) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, t[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}

// add reads a file of the repository into the tree, under another path if to is
// not "".
func (t tree) add(root, name, to string) error {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	if to == "" {
		to = name
	}
	t[path.Clean(to)] = text
	return nil
}

// under reports whether a path with slashes is below dir.
func under(name, dir string) bool { return strings.HasPrefix(name, dir+"/") }
