package remote

import (
	"net"
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

func (l *listener) Close() error   { return l.fails("Close") }
func (l *listener) Addr() net.Addr { return l.addr }

// A timedListener stands for one that has the method SetDeadline.
type timedListener struct{ *listener }

func (l *timedListener) SetDeadline(t time.Time) error { return l.fails("SetDeadline", &t) }

// A streamListener stands for a *net.TCPListener and the like.
type streamListener struct {
	*timedListener
	described
}

func (e *End) newListener(v value) any {
	l := &listener{object{e, v.ID}, e.addr(v.List[0])}
	switch v.Text {
	case "SyscallConn":
		return &streamListener{&timedListener{l}, described{l.object}}
	case "SetDeadline":
		return &timedListener{l}
	}
	return l
}
