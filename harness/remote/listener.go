package remote

import (
	"net"
	"os"
	"sync"
	"time"
)

// A listener stands for a net.Listener of the other end.
type listener struct {
	object
	addr net.Addr
}

func (l *listener) Accept() (c net.Conn, err error) {
	l.ask("Accept", nil, []any{&c, &err})
	return c, err
}

func (l *listener) Close() (err error) {
	l.ask("Close", nil, []any{&err})
	return err
}

func (l *listener) SetDeadline(t time.Time) (err error) {
	l.ask("SetDeadline", []any{&t}, []any{&err})
	return err
}

func (l *listener) Addr() net.Addr { return l.addr }

// Handed is a listener whose descriptor the other end gets, so that it accepts
// from the same socket. OnClose registers what Close calls when it has closed
// this end's descriptor.
type Handed interface {
	net.Listener
	File() (*os.File, error)
	OnClose(f func())
}

func (e *End) encodeListener(ln net.Listener, files *[]*os.File) value {
	if ln == nil {
		return value{}
	}
	if id, ok := e.originOf(ln); ok {
		return value{Kind: kindListener, ID: id, Home: true}
	}
	id, fresh := e.kept(ln)
	v := value{Kind: kindListener, ID: id, List: []value{e.encodeAddr(ln.Addr())}}
	h, ok := ln.(Handed)
	if !ok || !fresh {
		return v // the other end knows it
	}
	f, err := h.File()
	if err != nil {
		return v // it is called from afar
	}
	v.Kind = kindHanded
	*files = append(*files, f)
	h.OnClose(func() { e.ask(v.ID, nameShut, nil, nil) })
	return v
}

// A handed listener accepts from the socket that the other end made.
type handed struct {
	net.Listener
	owner object
	once  sync.Once
}

func (e *End) newHanded(id uint64, f *os.File) any {
	defer f.Close()
	ln, err := net.FileListener(f)
	if err != nil {
		return &listener{object{e, id}, addr{}}
	}
	return &handed{Listener: ln, owner: object{e, id}}
}

// Close closes the listener here and where it came from.
func (h *handed) Close() error {
	err := h.Listener.Close()
	h.once.Do(func() { h.owner.ask("Close", nil, []any{new(error)}) })
	return err
}

// Shut closes the listener here alone: the other end has closed it.
func (h *handed) Shut() { h.Listener.Close() }

// SetDeadline limits the wait in Accept, as *net.TCPListener does.
func (h *handed) SetDeadline(t time.Time) error {
	return h.Listener.(interface{ SetDeadline(time.Time) error }).SetDeadline(t)
}
