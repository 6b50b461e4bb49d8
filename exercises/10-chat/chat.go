// Package chat is a chat room for the drivers of a bus depot: what one of them
// says, all the others read, and nobody waits for one that does not read.
package chat

import (
	"errors"
	"net"
	"time"
)

// Refused answers a name that is invalid or taken.
const Refused = "* name refused\n"

// A Hub is one chat room. Set its fields before you call its first method, and
// do not copy it after that. Its methods may be called concurrently.
type Hub struct {
	// Queue is how many lines may wait for one member, at least 1; the list and the
	// notices count, too. One more drops the member; that line still goes to all
	// others. Lines in a Write that has begun may count as waiting or not.
	Queue int

	// WriteTimeout, which is positive, is how long a Write to a member may take,
	// however many lines it carries. After that the member is dropped. It may limit
	// Refused, too.
	WriteTimeout time.Duration

	// MaxLine is how many bytes a line may have, without its line ending: at
	// least 16, because a name is a line.
	MaxLine int
}

// Serve accepts clients from ln and lets them chat. Call it once. Conns are comparable.
// When Accept fails or Close is called, it sends nothing more, closes ln and every client's
// conn, and waits until all goroutines that it started have ended. It returns nil after
// Close, even if Close came first, and otherwise the error of Accept, wrapped or unchanged.
//
// Clients send lines, which end with "\n" or "\r\n"; every other byte belongs to
// its line. A client's first line is its name: 1 to 16 bytes, a to z or 0 to 9.
// If the name is invalid, or a member has it, the client gets Refused, and its
// next line is a name again. Otherwise the client becomes a member, say ben, and
// first gets "* here: anna, ben, carol\n": the names of all members, its own
// included, sorted as slices.Sort does. The other members get "* ben joined\n".
// From then on each line of ben's, such as "late", goes to all other members, as
// "ben: late\n".
//
// Membership ends with the client's stream (FIN, RST or any other error), with a
// line that is too long, or when the member is dropped. The hub closes the conn, even
// during a Write to it, and the other members get "* ben left\n", once, in either
// order; the name is free when they get it. Lines before a FIN are passed on, but no
// last line without line ending. What waits for the client may be lost, and its latest
// lines if it resets or is dropped. A client without a name leaves without a notice.
//
// A line is too long when MaxLine+1 bytes and a line ending have arrived, or
// MaxLine+2 bytes without one; the hub may act as soon as that is certain. It ends a
// client without a name, too. The client is told nothing.
//
// A member is dropped if more than Queue lines wait for it, if a Write to it
// takes WriteTimeout, or if one fails. No member ever waits for another client.
//
// Each other member gets ben's lines in the order in which they were sent: after a
// list with ben or "* ben joined", and before "* ben left".
func (h *Hub) Serve(ln net.Listener) error {
	// TODO: write this.
	return errors.New("Serve is not written yet")
}

// Close closes the listener and the conns of all clients, and Serve returns nil.
// Close may return before that is done. It sends nothing: no notices, and not what
// waits for members. Close always returns nil, even if called twice; it has a
// result so that Hub is an io.Closer.
func (h *Hub) Close() error {
	// TODO: write this.
	return errors.New("Close is not written yet")
}

// Who returns the names of all members, sorted as slices.Sort does, in a slice of
// the caller's own. Before Serve is called and after it has returned there are
// none.
func (h *Hub) Who() []string {
	// TODO: write this.
	return nil
}
