//go:build unix

package peer

import (
	"fmt"

	"socketkata/harness/descriptor"
	"socketkata/harness/failure"
	"socketkata/harness/proc"
)

// A Thread is one thread of this process, whose system calls a script can watch.
// It is for subjects below package net, which run in the test's own process:
// see [Bench.Inside]. On systems other than Linux nothing is known of it.
type Thread = proc.Thread

// A Nap is one sleep of a [Thread] in poll(2) or ppoll(2).
type Nap = proc.Nap

// A Timeout is what poll was given as one: [NoTimeout], or how long.
type Timeout = proc.Timeout

// NoTimeout means that poll waits for an event alone.
const NoTimeout = proc.NoTimeout

// Ends counts the server's ends of conns.
type Ends = proc.Ends

// ThisThread returns the calling thread: of a goroutine that has called
// runtime.LockOSThread. The caller closes it; its other methods may be called
// from any goroutine.
func ThisThread() *Thread { return proc.ThisThread() }

// EndsAt counts the descriptors of this process that are conns over IPv4 with
// that port on this side. It needs one free descriptor to see any.
func EndsAt(port int) Ends { return proc.EndsAt(port) }

// ExpectCloseOnExec checks that a descriptor that the subject returned is
// close-on-exec: that a program started with execve(2) does not get it. Of a
// subject in a process of its own the flag counts that the descriptor had there.
func (b *Bench) ExpectCloseOnExec(reason string, fd int) {
	b.t.Helper()
	set, known := b.subject.CloseOnExec(fd)
	var err error
	if !known {
		set, err = descriptor.CloseOnExec(fd)
	}
	switch {
	case err != nil:
		b.run.Fail(nil, reason, failure.Outcome{Symptom: failure.WrongValue, Want: "an open descriptor", Got: fmt.Sprintf("descriptor %d: %v", fd, err)})
	case !set:
		b.run.Fail(nil, reason, failure.Outcome{Symptom: failure.WrongValue, Want: "the descriptor is close-on-exec",
			Got: "a program started from here inherits the descriptor"})
	}
}

// CountDescriptors returns a step that expects no more open descriptors than now. A
// subject in a process of its own is checked only at the end of the script.
func (b *Bench) CountDescriptors() (step func(reason string)) { return b.run.CountDescriptors() }
