package remote

import (
	"encoding/json"

	"socketkata/harness/descriptor"
)

// notOpen stands for an argument that is no open descriptor: a number that is
// not open in the other process either. (Of -1, poll(2) takes no notice.)
const notOpen = "1048575"

// encodeFD sends a duplicate of a descriptor. An argument is lent; a result is
// given, and closed here. The standard streams stay where they are, so as a
// result they cross as numbers, as does what is not open.
func (e *End) encodeFD(fd int, c *cargo) value {
	own, onExec, err := descriptor.Duplicate(fd)
	switch {
	case err != nil && !c.gives:
		return value{Kind: kindPlain, JSON: json.RawMessage(notOpen)}
	case err != nil:
		return c.plain(fd)
	case c.gives && fd <= 2:
		descriptor.Close(own)
		return c.plain(fd)
	}
	c.add(own)
	if !c.gives {
		c.loans = append(c.loans, loan{func() error { return descriptor.Close(fd) }})
		return value{Kind: kindFD}
	}
	descriptor.Close(fd)
	v := value{Kind: kindFD, Home: true, ID: uint64(fd)}
	if onExec {
		v.Text = "close-on-exec"
	}
	return v
}

// takeFD takes a descriptor as a number.
func (e *End) takeFD(v value, c *cargo) int {
	fd := c.take()
	switch {
	case fd < 0:
	case v.Home:
		e.rememberFD(fd, Given{FD: int(v.ID), CloseOnExec: v.Text != ""})
	default:
		c.loans = append(c.loans, loan{func() error { return descriptor.Close(fd) }})
	}
	return fd
}
