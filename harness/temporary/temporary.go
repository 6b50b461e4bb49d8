// Package temporary makes temporary folders that do not stay for good if their
// process is killed: a later process removes them.
package temporary

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

const (
	prefix = "kata-"
	// inUse is a file in each folder. Its process keeps it locked, and the system
	// takes the lock from a process that ends.
	inUse = ".kata-in-use"
	// settled is how long a folder is let alone: it takes a moment until a new one is
	// locked.
	settled = time.Hour
)

var (
	mu    sync.Mutex
	locks = map[string]*flock.Flock{} // by folder
	swept = map[string]bool{}         // by parent
)

// Folder makes a folder called kata-, name and a number, in parent or, if that is
// "", where the system has its temporary files. The caller removes it with
// [Remove].
func Folder(parent, name string) (string, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	mu.Lock()
	defer mu.Unlock()
	if !swept[parent] {
		swept[parent] = true
		sweep(parent)
	}
	dir, err := os.MkdirTemp(parent, prefix+name+"-")
	if err != nil {
		return "", err
	}
	lock := flock.New(filepath.Join(dir, inUse))
	if free, err := lock.TryLock(); err != nil || !free {
		os.Remove(lock.Path()) // without a lock, nobody may think that it is free
		return dir, nil
	}
	locks[dir] = lock
	return dir, nil
}

// Remove removes a folder that [Folder] made. "" is none.
func Remove(dir string) {
	mu.Lock()
	lock := locks[dir]
	delete(locks, dir)
	mu.Unlock()
	if lock != nil {
		lock.Close() // Windows removes no open file
	}
	os.RemoveAll(dir) // a leftover in the temporary folder harms nobody
}

// sweep removes the folders of processes that are gone.
func sweep(parent string) {
	entries, _ := os.ReadDir(parent)
	for _, e := range entries {
		dir := filepath.Join(parent, e.Name())
		info, err := os.Lstat(filepath.Join(dir, inUse))
		if !e.IsDir() || !strings.HasPrefix(e.Name(), prefix) || err != nil || time.Since(info.ModTime()) < settled {
			continue
		}
		lock := flock.New(filepath.Join(dir, inUse))
		if free, err := lock.TryLock(); err == nil && free { // that of another user cannot be opened
			os.RemoveAll(dir)
		}
		lock.Close()
	}
}
