//go:build unix

package peer

import (
	"fmt"

	"socketkata/harness/descriptor"
)

// LimitDescriptors lets the subject's process open no descriptor with a number of n
// or more, if it may do so now (getrlimit(2), RLIMIT_NOFILE). What is open stays open:
// with n = 3 none is free, and poll(2) still takes three. The function it returns
// raises the limit again. A script that may not lower it is skipped, and so is one
// whose subject is in a process of its own.
func (b *Bench) LimitDescriptors(n int) (restore func()) {
	b.t.Helper()
	b.Inside("it limits the descriptors of the process that calls your functions")
	restore, err := descriptor.Lower(n)
	if err != nil {
		b.Skip("this process may not lower its limit of descriptors")
	}
	return restore
}

// OpenDescriptors opens descriptors in the subject's process until every number
// below n is taken. It returns a function that closes them, which may be called
// again. A script is skipped whose process may not open so many, or whose subject is
// in a process of its own.
func (b *Bench) OpenDescriptors(n int) (closeAll func()) {
	b.t.Helper()
	b.Inside("it opens descriptors in the process that calls your functions")
	closeAll, err := descriptor.Occupy(n)
	if err != nil {
		closeAll()
		b.Skip(fmt.Sprintf("this process may not open %d descriptors: raise the limit with ulimit -n", n))
	}
	return closeAll
}

// FreeDescriptorZero closes standard input, which no test reads, in the subject's
// process: the next descriptor opened there is 0. After the script 0 is the null
// device. A script whose subject is in a process of its own is skipped.
func (b *Bench) FreeDescriptorZero() {
	b.t.Helper()
	b.Inside("it closes descriptor 0 of the process that calls your functions")
	b.t.Cleanup(descriptor.FreeZero())
}
