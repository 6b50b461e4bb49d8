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

func (l *listener) Close() error                  { return l.fails("Close") }
func (l *listener) SetDeadline(t time.Time) error { return l.fails("SetDeadline", &t) }
func (l *listener) Addr() net.Addr                { return l.addr }

// A streamListener stands for a *net.TCPListener and the like.
type streamListener struct {
	*listener
	described
}

func (e *End) newListener(v value) any {
	l := &listener{object{e, v.ID}, e.addr(v.List[0])}
	if v.Text == "SyscallConn" {
		return &streamListener{l, described{l.object}}
	}
	return l
}
