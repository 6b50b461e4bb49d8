//go:build !unix

// Package pollecho is an echo server in which one goroutine serves every
// client. It is made of system calls that this platform does not have.
package pollecho

import "errors"

// Stats counts the system calls that one Run made, whatever they returned.
// Calls that a signal interrupted (EINTR) may be counted or not.
type Stats struct {
	Waits   int // poll(2)
	Reads   int // read(2) from a client
	Writes  int // write(2) to a client
	Accepts int // accept(2)
}

// Run needs Unix: here it returns [errors.ErrUnsupported].
func Run(listenFD, stopFD int, maxBuffered int) (Stats, error) {
	return Stats{}, errors.ErrUnsupported
}
