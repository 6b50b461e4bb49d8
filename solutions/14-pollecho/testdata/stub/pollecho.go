//go:build unix

// Package pollecho is an echo server in which one goroutine serves every
// client. It sleeps in poll(2) until a descriptor is ready, does what can be
// done without waiting, and sleeps again. Go's own network code rests on such
// a loop; the one here is made of bare system calls, so that nothing is
// hidden. Timers and epoll or kqueue are the subject of the next exercise.
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

// Run accepts clients from listenFD, a listening stream socket, and sends back
// to each of them every byte it sends, in order. It does so in the calling
// goroutine alone and starts no other. It returns nil as soon as stopFD is
// readable or its other end is closed, and an error when poll or listenFD
// fails for good. Either way it has closed every client by then, and has left
// open listenFD and stopFD, which are the caller's.
//
// Run sets listenFD and the conns it accepts to non-blocking mode. It waits
// in poll alone, without a timeout, and asks there only for what it can use:
// a silent client costs nothing.
//
// What a client's socket does not take at once waits in a queue of that
// client, of at most maxBuffered bytes (which is at least 1). Run reads on
// until the queue is full, so a client may send much before it reads; then Run
// reads nothing from that client until there is room. A client that
// half-closes gets what is queued, then FIN. One that resets its conn, or
// fails in another way, is closed; the others notice nothing.
//
// While the process is out of descriptors (EMFILE, ENFILE) new clients stay
// in the listener's backlog and the others are served. Run tries again once a
// client of its own has left; if it also tries by time, then not more often
// than every 10 ms. See poll(2), accept(2).
func Run(listenFD, stopFD int, maxBuffered int) (Stats, error) {
	// TODO: write this.
	return Stats{}, errors.New("Run is not written yet")
}
