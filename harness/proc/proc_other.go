//go:build unix && !linux

package proc

import (
	"syscall"
	"time"
)

// A Thread stands for any thread of the process: what one of them is doing
// cannot be seen here.
type Thread struct{}

// ThisThread returns a Thread that knows nothing.
func ThisThread() *Thread { return &Thread{} }

// Close does nothing.
func (*Thread) Close() {}

// Interrupt sends the process a signal that the Go runtime takes and ignores.
// Which thread gets it is up to the kernel: a test that rests on it proves
// less here than on Linux.
func (*Thread) Interrupt() { syscall.Kill(syscall.Getpid(), syscall.SIGURG) }

// Ran returns 0.
func (*Thread) Ran() time.Duration { return 0 }

// Sleep knows nothing.
func (*Thread) Sleep() (number string, known bool) { return "", false }

// Nap sees none.
func (*Thread) Nap() (n Nap, asleep bool) { return Nap{}, false }

// EndsAt sees none.
func EndsAt(port int) Ends { return Ends{} }
