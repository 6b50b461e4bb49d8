package remote

import (
	"errors"
	"net"
	"os"
	"syscall"

	"socketkata/harness/descriptor"
)

// A descriptor.Socket crosses as its descriptor, so that each end has a socket
// of its own type and makes its own system calls. An argument is lent: the
// callee's copy is closed when the call returns, and what the callee closed
// itself is then closed here, too. A result is given: the callee's copy is
// closed as soon as it is sent.

// A plainSocket is what crosses beside a socket's descriptor.
type plainSocket struct {
	Type        string // "*net.TCPConn"
	Name        string // of a file
	Closed      bool   // there is no descriptor: it was closed before
	Unlink      bool   // Close of a *net.UnixListener removes the path
	FD          int    // its number in the process that it came from
	CloseOnExec bool
}

func (e *End) encodeSocket(s descriptor.Socket, c *cargo) value {
	if id, ok := e.originOf(s); ok {
		return value{Kind: kindSocket, ID: id, Home: true}
	}
	p := plainSocket{Type: descriptor.TypeOf(s)}
	if f, ok := s.(*os.File); ok {
		p.Name = f.Name()
	}
	fd, err := duplicate(s, &p)
	switch {
	case errors.Is(err, os.ErrClosed), errors.Is(err, net.ErrClosed), errors.Is(err, syscall.EINVAL):
		p.Closed = true
		return value{Kind: kindSocket, JSON: c.plain(p).JSON}
	case err != nil:
		return c.fail("a %s cannot cross: %w", p.Type, err)
	}
	c.add(fd)
	v := value{Kind: kindSocket}
	if c.gives {
		if err := giveAway(s, &p); err != nil {
			return c.fail("a %s cannot cross: %w", p.Type, err)
		}
	} else {
		v.ID = e.keep(s)
		c.loans = append(c.loans, loan{s.Close})
	}
	v.JSON = c.plain(p).JSON
	return v
}

// giveAway closes a socket whose duplicate is on its way. The path of a Unix
// listener stays: the other end removes it, if this one would have.
func giveAway(s descriptor.Socket, p *plainSocket) error {
	if ln, ok := s.(*net.UnixListener); ok {
		var err error
		if p.Unlink, err = descriptor.UnlinksOnClose(ln); err != nil {
			return err
		}
		ln.SetUnlinkOnClose(false)
	}
	return s.Close()
}

func (e *End) decodeSocket(v value, c *cargo) any {
	var p plainSocket
	decodeJSON(v, &p, c)
	s, err := newSocket(p, c)
	if err != nil {
		c.fail("a %s does not arrive: %w", p.Type, err)
		return nil
	}
	switch {
	case p.Closed:
		s.Close()
	case v.ID == 0:
		e.remember(s, Given{FD: p.FD, CloseOnExec: p.CloseOnExec})
	default:
		e.mu.Lock()
		e.origin[s] = v.ID
		e.mu.Unlock()
		c.loans = append(c.loans, loan{func() error {
			e.mu.Lock()
			delete(e.origin, s)
			e.mu.Unlock()
			return s.Close()
		}})
	}
	return s
}

func newSocket(p plainSocket, c *cargo) (s descriptor.Socket, err error) {
	fd := -1
	if p.Closed {
		fd, err = descriptor.Spare(p.Type)
	} else if fd = c.take(); fd < 0 {
		err = c.fault
	}
	if err != nil {
		return nil, err
	}
	s, err = descriptor.New(p.Type, fd, p.Name)
	if ln, ok := s.(*net.UnixListener); ok {
		ln.SetUnlinkOnClose(p.Unlink)
	}
	return s, err
}

// duplicate duplicates the descriptor of a socket, and notes what it is.
func duplicate(s syscall.Conn, p *plainSocket) (own int, err error) {
	err = descriptor.With(s, func(fd int) (err error) {
		p.FD = fd
		own, p.CloseOnExec, err = descriptor.Duplicate(fd)
		return err
	})
	return own, err
}

// Given tells of a descriptor that the other process gave away as a result, as
// it was there when the call returned.
type Given struct {
	FD          int // its number there
	CloseOnExec bool

	file descriptor.Identity // a later one may get its number
}

// Given returns what is known of a descriptor that a call returned, by its
// number in this process.
func (e *End) Given(fd int) (g Given, known bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	g, known = e.given[fd]
	return g, known && g.file == descriptor.Identify(fd)
}

func (e *End) remember(s descriptor.Socket, g Given) {
	// If it fails, the socket is closed, and there is nothing to know.
	descriptor.With(s, func(fd int) error { e.rememberFD(fd, g); return nil })
}

func (e *End) rememberFD(fd int, g Given) {
	g.file = descriptor.Identify(fd)
	e.mu.Lock()
	e.given[fd] = g
	e.mu.Unlock()
}
