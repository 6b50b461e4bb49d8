package remote

import (
	"net"
	"os"
	"reflect"
	"sync"
	"syscall"
	"time"
)

// Shared is a net.Listener or net.PacketConn whose descriptor the other end
// gets, so that it uses the same socket. Closing it on either side closes it on
// both. File returns a duplicate, which the caller closes. OnClose registers
// what Close calls once it has closed this end's descriptor.
type Shared interface {
	File() (*os.File, error)
	OnClose(f func())
}

func (e *End) encodeListener(ln net.Listener, c *cargo) value {
	if id, ok := e.originOf(ln); ok {
		return value{Kind: kindListener, ID: id, Home: true}
	}
	v := value{Kind: kindListener, List: []value{e.encodeAddr(ln.Addr())}}
	if _, timed := ln.(interface{ SetDeadline(time.Time) error }); timed {
		v.Text = "SetDeadline"
	}
	if hasDescriptor(ln) {
		v.Text = "SyscallConn" // it has that method, too
	}
	return e.encodeShared(v, ln, c)
}

func (e *End) encodePackets(pc net.PacketConn, c *cargo) value {
	return e.encodeShared(value{Kind: kindPackets, List: []value{e.encodeAddr(pc.LocalAddr())}}, pc, c)
}

// encodeShared adds the descriptor to v. Without it the other end makes remote
// calls.
func (e *End) encodeShared(v value, object any, c *cargo) value {
	id, fresh := e.kept(object)
	v.ID = id
	s, ok := object.(Shared)
	if !ok || !fresh {
		return v // the other end knows it
	}
	f, err := s.File()
	if err != nil {
		return v // the other end makes remote calls
	}
	defer f.Close()
	fd, err := duplicate(f, new(plainSocket))
	if err != nil {
		return v
	}
	v.Kind = kindShared
	c.add(fd)
	s.OnClose(func() { e.ask(id, nameShut, nil, nil) })
	return v
}

// newShared makes a listener or packet conn of the descriptor that came with
// the message.
func (e *End) newShared(v value, t reflect.Type, c *cargo) any {
	o := owner{object: object{e, v.ID}}
	f := os.NewFile(uintptr(c.take()), "from the other process")
	defer f.Close()
	if t == packetConnType {
		pc, err := net.FilePacketConn(f)
		if err != nil {
			return &packetConn{o.object, e.addr(v.List[0])}
		}
		return &sharedPackets{PacketConn: pc, owner: &o}
	}
	ln, err := net.FileListener(f)
	if err != nil {
		return &listener{o.object, e.addr(v.List[0])}
	}
	return &sharedListener{Listener: ln, owner: &o}
}

// An owner is the end that a shared socket came from.
type owner struct {
	object
	once sync.Once
}

// tell closes the socket at its owner's.
func (o *owner) tell() { o.once.Do(func() { o.ask("Close", nil, []any{new(error)}) }) }

// A sharedListener accepts from the socket that the other end made.
type sharedListener struct {
	net.Listener
	owner *owner
}

// Close closes the listener here and where it came from.
func (l *sharedListener) Close() error {
	err := l.Listener.Close()
	l.owner.tell()
	return err
}

// Shut closes the listener here alone: the other end has closed it.
func (l *sharedListener) Shut() { l.Listener.Close() }

// SetDeadline limits the wait in Accept, as *net.TCPListener does.
func (l *sharedListener) SetDeadline(t time.Time) error {
	return l.Listener.(interface{ SetDeadline(time.Time) error }).SetDeadline(t)
}

// SyscallConn gives access to the descriptor, as *net.TCPListener does.
func (l *sharedListener) SyscallConn() (syscall.RawConn, error) {
	return l.Listener.(syscall.Conn).SyscallConn()
}

// A sharedPackets is a packet conn on the socket that the other end made.
type sharedPackets struct {
	net.PacketConn
	owner *owner
}

// Close closes the packet conn here and where it came from.
func (s *sharedPackets) Close() error {
	err := s.PacketConn.Close()
	s.owner.tell()
	return err
}

// Shut closes the packet conn here alone: the other end has closed it.
func (s *sharedPackets) Shut() { s.PacketConn.Close() }

// SyscallConn gives access to the descriptor, as *net.UDPConn does.
func (s *sharedPackets) SyscallConn() (syscall.RawConn, error) {
	return s.PacketConn.(syscall.Conn).SyscallConn()
}
