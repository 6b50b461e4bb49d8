//go:build unix && !linux

package pollecho_test

import (
	"syscall"
	"time"
)

// A thread represents any thread of the process. On this platform a process
// cannot see what its threads are doing.
type thread struct{}

func thisThread() *thread { return &thread{} }

func (*thread) close() {}

// interrupt sends the process a signal that the Go runtime handles and ignores.
// The kernel picks the thread, so a test that needs it proves less than on
// Linux.
func (*thread) interrupt() { syscall.Kill(syscall.Getpid(), syscall.SIGURG) }

func (*thread) ran() time.Duration { return 0 }

func (*thread) sleep() (string, bool) { return "", false }

func (*thread) nap() (nap, bool) { return nap{}, false }

func (*thread) ends(int) ends { return ends{} }
