// Package proc tells what this process does below package net, as far as the
// system shows it: in which system call a thread sleeps, and what waits on its
// conns. On Linux it reads proc(5); elsewhere it says that it does not know.
package proc

// A Nap is one sleep of a thread in poll(2) or ppoll(2).
type Nap struct {
	Number  string  // tells it from the other naps of the thread
	Timeout Timeout // with NoTimeout only an event ends it
}

// A Timeout is the one that poll was given, as far as that is seen: NoTimeout,
// "a timeout", or "20 ms".
type Timeout string

// NoTimeout means that poll waits for an event alone.
const NoTimeout Timeout = "none"

// Ends counts the server's ends of conns.
type Ends struct {
	Open       int // accepted and not closed
	Unread     int // with bytes to be read
	HalfClosed int // whose client has ended its stream, or the conn
	Inherited  int // that a program started from here would get: not close-on-exec
}
