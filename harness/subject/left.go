package subject

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"socketkata/harness/leak"
	"socketkata/harness/traceback"
)

// GoroutinesLeft says which goroutines are left. There is at least one.
func (s *Subject) GoroutinesLeft(left []traceback.Goroutine) string {
	started := left[0].Started(s.pkg)
	switch {
	case len(left) == 1:
		return "1 goroutine is left, started at " + started
	case slices.ContainsFunc(left, func(g traceback.Goroutine) bool { return g.Started(s.pkg) != started }):
		return fmt.Sprintf("%d goroutines are left, one of them started at %s", len(left), started)
	}
	return fmt.Sprintf("%d goroutines are left, all started at %s", len(left), started)
}

// DescriptorsLeft says which descriptors the subject's process has open that
// were not open before; "" if there is none. The harness may have opened the file
// called own.
func (s *Subject) DescriptorsLeft(before leak.DescriptorSet, own string) string {
	now := s.Descriptors()
	left := leak.New(before, now)
	if info, err := os.Stat(own); err == nil && !s.IsAway() {
		left = slices.DeleteFunc(left, func(fd string) bool {
			open, err := os.Stat("/dev/fd/" + fd)
			return err == nil && os.SameFile(info, open)
		})
	}
	if len(left) == 0 {
		return ""
	}
	if !slices.ContainsFunc(left, func(fd string) bool { return !strings.HasPrefix(now[fd], "pipe:") }) {
		// Package net keeps the pipes it splices through (io.Copy between two
		// conns on Linux) until the garbage collector has run twice.
		s.collectGarbage()
	}
	for i, fd := range left {
		left[i] = strings.TrimSpace(fd + " " + now[fd])
		if socket := leak.Socket(fd); socket != "" && !s.IsAway() {
			left[i] = fd + " (" + socket + ")"
		}
	}
	if len(left) == 1 {
		return "1 descriptor is left open: " + left[0]
	}
	return fmt.Sprintf("%d descriptors are left open: %s", len(left), strings.Join(left, ", "))
}
