//go:build unix && !linux

package pollecho_test

import "syscall"

// thread stands for any thread of the process.
func thread() int { return 0 }

// interrupt sends the process a signal that the Go runtime takes and ignores.
// Which thread gets it is up to the kernel: a test that rests on it proves
// less here than on Linux.
func interrupt(int) { syscall.Kill(syscall.Getpid(), syscall.SIGURG) }
