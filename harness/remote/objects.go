package remote

import (
	"net"
	"reflect"
	"time"
)

// Names of calls about something that was handed over.
const (
	nameEnded = "Ended" // a context
	nameShut  = "Shut"  // a listener
	nameRecv  = "Recv"  // from a channel
)

// An object stands for one of the other end.
type object struct {
	end *End
	id  uint64
}

// ask calls a method with arguments and results of the types that the pointers
// point to.
func (o object) ask(method string, args, results []any) {
	o.end.ask(o.id, method, args, results)
}

func (e *End) ask(id uint64, name string, args, results []any) {
	in := make([]reflect.Value, len(args))
	for i, a := range args {
		in[i] = reflect.ValueOf(a).Elem()
	}
	types := make([]reflect.Type, len(results))
	for i, r := range results {
		types[i] = reflect.TypeOf(r).Elem()
	}
	for i, r := range e.call(id, name, in, types) {
		reflect.ValueOf(results[i]).Elem().Set(r)
	}
}

// A conn stands for a net.Conn of the other end.
type conn struct {
	object
	local, remote net.Addr
}

// A halfCloser is a conn whose writing side can be closed alone.
type halfCloser struct{ *conn }

func (e *End) encodeConn(c net.Conn) value {
	if c == nil {
		return value{}
	}
	if id, ok := e.originOf(c); ok {
		return value{Kind: kindObject, ID: id, Home: true}
	}
	_, half := c.(interface{ CloseWrite() error })
	local, remote := c.LocalAddr(), c.RemoteAddr()
	v := value{Kind: kindObject, ID: e.keep(c), List: []value{e.encodeAddr(local), e.encodeAddr(remote)}}
	if half {
		v.Text = "CloseWrite"
	}
	return v
}

func (e *End) encodeAddr(a net.Addr) value { return e.encode(reflect.ValueOf(&a).Elem(), nil) }

func (e *End) newConn(v value) any {
	c := &conn{object: object{e, v.ID}}
	if len(v.List) == 2 {
		c.local, _ = e.decode(v.List[0], addrType, nil).Interface().(net.Addr)
		c.remote, _ = e.decode(v.List[1], addrType, nil).Interface().(net.Addr)
	}
	if v.Text == "CloseWrite" {
		return &halfCloser{c}
	}
	return c
}

func (c *conn) Read(p []byte) (n int, err error) {
	s := space(p)
	c.ask("Read", []any{&s}, []any{&n, &err})
	return n, err
}

func (c *conn) Write(p []byte) (n int, err error) {
	c.ask("Write", []any{&p}, []any{&n, &err})
	return n, err
}

func (c *conn) Close() (err error) {
	c.ask("Close", nil, []any{&err})
	return err
}

func (c *halfCloser) CloseWrite() (err error) {
	c.ask("CloseWrite", nil, []any{&err})
	return err
}

func (c *conn) SetDeadline(t time.Time) error      { return c.deadline("SetDeadline", t) }
func (c *conn) SetReadDeadline(t time.Time) error  { return c.deadline("SetReadDeadline", t) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.deadline("SetWriteDeadline", t) }

func (c *conn) deadline(method string, t time.Time) (err error) {
	c.ask(method, []any{&t}, []any{&err})
	return err
}

func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.remote }

// An addr is a net.Addr of the other end.
type addr struct{ network, text string }

func (a addr) Network() string { return a.network }
func (a addr) String() string  { return a.text }

// newFunc returns a function that calls the other end's.
func (e *End) newFunc(id uint64, t reflect.Type) any {
	results := make([]reflect.Type, t.NumOut())
	for i := range results {
		results[i] = t.Out(i)
	}
	return reflect.MakeFunc(t, func(args []reflect.Value) []reflect.Value {
		return e.call(id, "", args, results)
	}).Interface()
}

// A receiver is a channel from which the other end receives.
type receiver struct{ channel reflect.Value }

// recv returns the function that receives one value; its second result is
// false when the channel is closed.
func (r receiver) recv() reflect.Value {
	out := []reflect.Type{r.channel.Type().Elem(), reflect.TypeFor[bool]()}
	return reflect.MakeFunc(reflect.FuncOf(nil, out, false), func([]reflect.Value) []reflect.Value {
		v, ok := r.channel.Recv()
		return []reflect.Value{v, reflect.ValueOf(ok)}
	})
}

// newChan returns a channel that gives what the other end's gives. It is one
// value ahead of its reader.
func (e *End) newChan(id uint64, t reflect.Type) any {
	both := reflect.MakeChan(reflect.ChanOf(reflect.BothDir, t.Elem()), 0)
	go func() {
		for {
			got := e.call(id, nameRecv, nil, []reflect.Type{t.Elem(), reflect.TypeFor[bool]()})
			if !got[1].Bool() {
				both.Close()
				return
			}
			both.Send(got[0])
		}
	}()
	return both.Convert(t).Interface()
}
