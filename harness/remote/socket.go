package remote

import (
	"errors"
	"io"
	"net"
	"os"
	"reflect"
	"syscall"
)

// A socket is one of the types that are a descriptor with methods. It crosses
// as the descriptor, so that each end has a socket of its own type and makes
// its own system calls. An argument is lent: the callee's copy is closed when
// the call returns, and what the callee closed itself is then closed here, too.
// A result is given: the callee's copy is closed as soon as it is sent.
type socket interface {
	syscall.Conn
	io.Closer
}

// A plainSocket is what crosses beside a socket's descriptor.
type plainSocket struct {
	Type        string // "*net.TCPConn"
	Name        string // of a file
	Closed      bool   // there is no descriptor: it was closed before
	Unlink      bool   // Close of a *net.UnixListener removes the path
	FD          int    // its number in the process that it came from
	CloseOnExec bool
}

func typeName(v any) string {
	switch v.(type) {
	case *net.TCPConn, *net.UnixConn, *net.UDPConn, *net.TCPListener, *net.UnixListener, *os.File:
		return reflect.TypeOf(v).String()
	}
	return ""
}

func asSocket(v any) (socket, bool) {
	if typeName(v) == "" {
		return nil, false
	}
	return v.(socket), true
}

func (e *End) encodeSocket(s socket, c *cargo) value {
	if id, ok := e.originOf(s); ok {
		return value{Kind: kindSocket, ID: id, Home: true}
	}
	p := plainSocket{Type: typeName(s)}
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
func giveAway(s socket, p *plainSocket) error {
	if ln, ok := s.(*net.UnixListener); ok {
		unlink := reflect.ValueOf(ln).Elem().FieldByName("unlink")
		if unlink.Kind() != reflect.Bool {
			return errors.New("package net does not say any more whether Close removes its path")
		}
		p.Unlink = unlink.Bool()
		ln.SetUnlinkOnClose(false)
	}
	return s.Close()
}

func (e *End) decodeSocket(v value, c *cargo) any {
	var p plainSocket
	decodeJSON(v, &p, c)
	s, err := e.newSocket(p, c)
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

func (e *End) newSocket(p plainSocket, c *cargo) (socket, error) {
	fd := -1
	if p.Closed {
		var err error
		if fd, err = spare(p.Type); err != nil {
			return nil, err
		}
	} else if fd = c.take(); fd < 0 {
		return nil, c.fault
	}
	f := os.NewFile(uintptr(fd), p.Name)
	if p.Type == "*os.File" {
		return f, nil
	}
	defer f.Close()
	if p.Type == "*net.TCPListener" || p.Type == "*net.UnixListener" {
		ln, err := net.FileListener(f)
		if err != nil {
			return nil, err
		}
		if u, ok := ln.(*net.UnixListener); ok {
			u.SetUnlinkOnClose(p.Unlink)
		}
		return ln.(socket), nil
	}
	// FileConn sets options of TCP as it does for a new conn, and this socket
	// has its own.
	defer tcpOptions(p.Type, fd)()
	conn, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	return conn.(socket), nil
}

// Given tells of a descriptor that the other process gave away as a result, as
// it was there when the call returned.
type Given struct {
	FD          int // its number there
	CloseOnExec bool

	inode [2]uint64 // which file it is, so that a later one with its number is told apart
}

// Given returns what is known of a descriptor that a call returned, by its
// number in this process.
func (e *End) Given(fd int) (g Given, known bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	g, known = e.given[fd]
	return g, known && g.inode == inode(fd)
}

func (e *End) remember(s socket, g Given) {
	raw, err := s.SyscallConn()
	if err != nil {
		return // it is closed, and there is nothing to know
	}
	raw.Control(func(fd uintptr) { e.rememberFD(int(fd), g) })
}

func (e *End) rememberFD(fd int, g Given) {
	g.inode = inode(fd)
	e.mu.Lock()
	e.given[fd] = g
	e.mu.Unlock()
}
