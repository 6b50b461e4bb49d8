//go:build unix

// Package pollecho is an echo server in which one goroutine serves all
// clients. It sleeps in poll(2) until a descriptor is ready, does everything
// that does not block, and sleeps again. The Go runtime has such a loop below
// every Read; this one uses raw system calls, so that nothing is hidden. The
// next exercise is about timers, epoll and kqueue.
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

// Run accepts clients from listenFD, a listening stream socket, and sends
// every byte back to the client it came from, in order. It works in the
// calling goroutine and starts no other; another Run may run at the same time,
// even with the same listenFD.
// Run returns nil as soon as stopFD is readable or its other end is closed, and
// an error if poll or listenFD fails permanently. If stopFD is not open, Run
// returns with or without an error. Neither descriptor is negative; one may be 0.
// Before Run returns it closes every client, even one with bytes queued. It
// leaves listenFD and stopFD, which are the caller's, open and listenFD
// non-blocking. If listenFD is open but cannot accept, Run may notice that only
// when poll reports listenFD.
//
// Run sets listenFD and the accepted conns to non-blocking mode, and the conns
// to close-on-exec. It blocks only in poll, and asks poll only for events it
// can handle, so a silent client costs nothing. It reads only from clients that poll
// has reported, once or several times, but not after EAGAIN; each read has room for
// 256 bytes or more, unless the queue or the end of a ring has less. Poll has no timeout,
// except from an accept that fails with EMFILE or ENFILE to the next one that does not.
//
// Bytes that a client's socket does not take at once wait in that client's
// queue, which holds at most maxBuffered bytes; maxBuffered is at least 1. Run
// reads from a client as long as its queue has room for a byte, and not while the
// queue is full; so a client may send much before it reads. A client that
// half-closes gets the queued bytes, then FIN. If a conn is reset or fails, Run
// closes it, even with bytes queued or a full queue, and no other client is
// affected.
//
// While the process is out of descriptors (EMFILE, ENFILE), new clients stay
// in the listener's backlog and Run serves the others. It accepts again after
// a conn of this Run has closed, however it closed. It may also retry on a timer
// of 10 ms to 1 s; without clients it must. See poll(2), accept(2).
func Run(listenFD, stopFD int, maxBuffered int) (Stats, error) {
	// TODO: write this.
	return Stats{}, errors.New("Run is not written yet")
}
