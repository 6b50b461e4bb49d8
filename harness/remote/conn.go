package remote

import (
	"errors"
	"net"
	"strings"
	"time"
)

// A conn stands for a net.Conn of the other end.
type conn struct {
	object
	local, remote net.Addr
}

// A halfCloser is a conn whose writing side can be closed alone, and that can be
// reset if lingers is set.
type halfCloser struct {
	*conn
	lingers bool
}

// A streamConn stands for a *net.TCPConn, a *net.UnixConn or what wraps one.
type streamConn struct {
	halfCloser
	described
}

func (e *End) encodeConn(c net.Conn) value {
	if id, ok := e.originOf(c); ok {
		return value{Kind: kindObject, ID: id, Home: true}
	}
	local, remote := c.LocalAddr(), c.RemoteAddr()
	v := value{Kind: kindObject, ID: e.keep(c), List: []value{e.encodeAddr(local), e.encodeAddr(remote)}}
	if _, half := c.(interface{ CloseWrite() error }); half {
		v.Text = "CloseWrite"
		if _, lingers := c.(interface{ SetLinger(sec int) error }); lingers {
			v.Text += " SetLinger"
		}
		if hasDescriptor(c) {
			v.Text += " SyscallConn"
		}
	}
	return v
}

func (e *End) newConn(v value) any {
	c := &conn{object: object{e, v.ID}}
	if len(v.List) == 2 {
		c.local, c.remote = e.addr(v.List[0]), e.addr(v.List[1])
	}
	half := halfCloser{c, strings.Contains(v.Text, "SetLinger")}
	switch {
	case strings.Contains(v.Text, "SyscallConn"):
		return &streamConn{half, described{c.object}}
	case v.Text != "":
		return &half
	}
	return c
}

func (c *conn) Read(p []byte) (n int, err error)  { return c.read(p) }
func (c *conn) Write(p []byte) (n int, err error) { return c.write(p) }
func (c *conn) Close() error                      { return c.fails("Close") }

func (c *halfCloser) CloseWrite() error { return c.fails("CloseWrite") }

func (c *halfCloser) SetLinger(sec int) error {
	if !c.lingers {
		return errors.ErrUnsupported
	}
	return c.fails("SetLinger", &sec)
}

func (c *conn) SetDeadline(t time.Time) error      { return c.fails("SetDeadline", &t) }
func (c *conn) SetReadDeadline(t time.Time) error  { return c.fails("SetReadDeadline", &t) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.fails("SetWriteDeadline", &t) }

func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.remote }

// A remoteReader stands for an io.Reader of the other end.
type remoteReader struct{ object }

func (r *remoteReader) Read(p []byte) (int, error) { return r.read(p) }

// A remoteReadWriter stands for an object of the other end that is both.
type remoteReadWriter struct{ object }

func (s *remoteReadWriter) Read(p []byte) (int, error)  { return s.read(p) }
func (s *remoteReadWriter) Write(p []byte) (int, error) { return s.write(p) }

// A remoteWriter stands for an io.Writer of the other end.
type remoteWriter struct{ object }

func (w *remoteWriter) Write(p []byte) (int, error) { return w.write(p) }

func (o object) read(p []byte) (n int, err error) {
	s := space(p)
	o.ask("Read", []any{&s}, []any{&n, &err})
	return n, err
}

func (o object) write(p []byte) (n int, err error) {
	o.ask("Write", []any{&p}, []any{&n, &err})
	return n, err
}

// fails calls a method that returns an error and nothing else.
func (o object) fails(method string, args ...any) (err error) {
	o.ask(method, args, []any{&err})
	return err
}

// A packetConn stands for a net.PacketConn of the other end.
type packetConn struct {
	object
	local net.Addr
}

func (c *packetConn) ReadFrom(p []byte) (n int, from net.Addr, err error) {
	s := space(p)
	c.ask("ReadFrom", []any{&s}, []any{&n, &from, &err})
	return n, from, err
}

func (c *packetConn) WriteTo(p []byte, to net.Addr) (n int, err error) {
	c.ask("WriteTo", []any{&p, &to}, []any{&n, &err})
	return n, err
}

func (c *packetConn) Close() error                       { return c.fails("Close") }
func (c *packetConn) LocalAddr() net.Addr                { return c.local }
func (c *packetConn) SetDeadline(t time.Time) error      { return c.fails("SetDeadline", &t) }
func (c *packetConn) SetReadDeadline(t time.Time) error  { return c.fails("SetReadDeadline", &t) }
func (c *packetConn) SetWriteDeadline(t time.Time) error { return c.fails("SetWriteDeadline", &t) }
