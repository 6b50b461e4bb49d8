package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// stamp is a time for the name of a file, on any file system.
func stamp(t time.Time) string { return t.Format("2006-01-02T15-04-05") }

// here returns how a path is written in the folder kata was started in, with
// slashes, so that a terminal can follow it.
func (k *kata) here(path string) string {
	dir, err := os.Getwd()
	if err != nil {
		return path
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil { // as the catalog does
		return path
	}
	rel, err := filepath.Rel(dir, path)
	if err != nil { // another drive
		return path
	}
	return filepath.ToSlash(rel)
}

// writeAtomically writes a file so that at every moment its path holds all of
// the old text or all of the new.
func writeAtomically(path string, text []byte) error {
	temp, err := writeTemp(filepath.Dir(path), text)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		os.Remove(temp)
		return err
	}
	return nil
}

// writeTemp writes text to a new file in dir, which the go command ignores.
func writeTemp(dir string, text []byte) (path string, err error) {
	f, err := os.CreateTemp(dir, ".kata-*.tmp")
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// keepNew writes text to path, or to a new name beside it if there is such a
// file already, and returns the name taken.
func keepNew(path string, text []byte) (string, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	temp, err := writeTemp(filepath.Dir(path), text)
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
