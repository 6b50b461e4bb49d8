//go:build !unix

// Package pollecho is an echo server in which one goroutine serves all
// clients. It uses system calls that this platform does not have.
package pollecho

import "errors"

// Stats counts the system calls of one Run, including those that failed.
// Calls interrupted by a signal (EINTR) need not be counted.
type Stats struct {
	Waits   int // poll(2)
	Reads   int // read(2) from a client
	Writes  int // write(2) to a client
	Accepts int // accept(2)
}

// Run needs Unix; on this platform it returns [errors.ErrUnsupported].
func Run(listenFD, stopFD int, maxBuffered int) (Stats, error) {
	return Stats{}, errors.ErrUnsupported
}
