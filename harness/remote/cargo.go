package remote

import (
	"fmt"

	"socketkata/harness/descriptor"
	"socketkata/harness/remote/envelope"
)

// A message is a call or a reply, with what it carries beside its values.
type message struct {
	envelope.Message
	cargo cargo
}

// A value is an argument or a result on its way.
type value = envelope.Value

func newReply(to message, trouble string) message {
	return message{Message: envelope.Message{ID: to.ID, Reply: true, Trouble: trouble}}
}

// A cargo is what one message carries beside its values.
type cargo struct {
	fds   []int    // descriptors on their way; the message owns them
	later []func() // to call once the message is sent: the other end knows its objects then
	gives bool     // the sender gives its descriptors away: they are results
	loans []loan   // what the other end has until the call returns
	fault error    // of the first value that cannot cross
}

// A loan is one end's copy of a descriptor or socket that an argument lends to
// the other end. close fails if it is closed already.
type loan struct{ close func() error }

// add puts a descriptor on its way.
func (c *cargo) add(fd int) {
	if c.fds = append(c.fds, fd); len(c.fds) > descriptor.Most {
		c.fail("more than %d descriptors do not fit into one call", descriptor.Most)
	}
}

// fail remembers why a value cannot cross. The call fails with it, at whichever
// end: nothing arrives as zero.
func (c *cargo) fail(format string, args ...any) value {
	if c.fault == nil {
		c.fault = fmt.Errorf(format, args...)
	}
	return value{}
}

// take returns the next descriptor.
func (c *cargo) take() int {
	if len(c.fds) == 0 {
		c.fail("a message lacks a descriptor")
		return -1
	}
	fd := c.fds[0]
	c.fds = c.fds[1:]
	return fd
}

// drop closes the descriptors that nobody took.
func (c *cargo) drop() {
	for _, fd := range c.fds {
		descriptor.Close(fd)
	}
	c.fds = nil
}

// returned closes this end's copy of each loan and says which were closed
// already: the function did that, and the lender closes its own.
func (c *cargo) returned() (closed []int) {
	for i, l := range c.loans {
		if l.close() != nil {
			closed = append(closed, i)
		}
	}
	return closed
}
