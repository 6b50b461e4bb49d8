// Package safefile writes files so that a full disk, or a process that is killed,
// leaves the old text or the new one, and never a part.
package safefile

import (
	"errors"
	"os"
	"path/filepath"
)

// Write writes a file atomically: at every moment its path has all of the old
// text or all of the new. Its folder must exist.
func Write(path string, text []byte) error {
	temp, err := Temp(filepath.Dir(path), text)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		os.Remove(temp)
		return err
	}
	return nil
}

// Temp writes text to a new file in dir, which the go command ignores. The caller
// renames or removes it.
func Temp(dir string, text []byte) (path string, err error) {
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
