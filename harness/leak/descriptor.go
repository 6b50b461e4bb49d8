// Package leak lists the file descriptors of this process, so that two lists
// show which were left open, and tells how much processor time it has used.
package leak

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// ErrNoDescriptors means that this platform does not list the descriptors of
// a process.
var ErrNoDescriptors = errors.New("this platform does not list open descriptors")

// A DescriptorSet holds the open descriptors of the process at one moment,
// each with what it is ("socket:[48121]") as far as the platform tells.
type DescriptorSet map[string]string

// Descriptors lists the open descriptors of the process, from /proc/self/fd
// on Linux (proc(5)) and /dev/fd on macOS and the BSDs. Elsewhere it fails
// with [ErrNoDescriptors].
func Descriptors() (DescriptorSet, error) {
	dir, err := directory()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, errors.Join(ErrNoDescriptors, err)
	}
	set := make(DescriptorSet, len(entries))
	for _, e := range entries {
		// The descriptor of the listing itself is gone by now: no link.
		if what, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil || runtime.GOOS != "linux" {
			set[e.Name()] = what
		}
	}
	return set, nil
}

// New returns, sorted, the descriptors that are in now and were not in
// before, or that are something else by now.
func New(before, now DescriptorSet) []string {
	extra := maps.Clone(now)
	maps.DeleteFunc(extra, func(fd, what string) bool {
		old, there := before[fd]
		return there && old == what
	})
	return slices.Sorted(maps.Keys(extra))
}

func directory() (string, error) {
	switch runtime.GOOS {
	case "linux", "android":
		return "/proc/self/fd", nil
	case "darwin", "freebsd", "netbsd", "openbsd", "dragonfly":
		return "/dev/fd", nil
	}
	return "", ErrNoDescriptors
}
