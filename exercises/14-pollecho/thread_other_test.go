//go:build unix && !linux

package pollecho_test

import (
	"syscall"
	"time"
)

// A thread stands for any thread of the process: what one of them is doing
// cannot be seen here.
type thread struct{}

func thisThread() *thread { return &thread{} }

func (*thread) close() {}

// interrupt sends the process a signal that the Go runtime takes and ignores.
// Which thread gets it is up to the kernel: a test that rests on it proves
// less here than on Linux.
func (*thread) interrupt() { syscall.Kill(syscall.Getpid(), syscall.SIGURG) }

func (*thread) ran() time.Duration { return 0 }

func (*thread) sleep() (string, bool) { return "", false }

func (*thread) nap() (nap, bool) { return nap{}, false }

func (*thread) ends(int) ends { return ends{} }
