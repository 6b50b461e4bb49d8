package remote

import (
	"encoding/json"

	"socketkata/harness/descriptor"
)

// notOpen replaces an argument that is not an open descriptor: a number that is
// not open in the other process either. (-1 would not do: poll(2) ignores it.)
const notOpen = "1048575"

// encodeFD sends a duplicate of a descriptor. An argument is lent; a result is
// given, and closed here. The standard streams stay where they are, so as
// results they cross as numbers, like descriptors that are not open.
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
