package pollecho_test

import "syscall"

// thread returns the calling thread.
func thread() int { return syscall.Gettid() }

// interrupt sends that thread a signal that the Go runtime takes and ignores.
// A call of poll under way there fails with EINTR.
func interrupt(thread int) { syscall.Tgkill(syscall.Getpid(), thread, syscall.SIGURG) }
