package remote

import (
	"context"
	"net"
	"os"
	"reflect"
	"sync"
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

// A remoteContext ends when the other end's context does.
type remoteContext struct {
	context.Context // ends through stop alone
	object
	stop     context.CancelFunc
	deadline time.Time

	mu  sync.Mutex
	err error
}

func (e *End) encodeContext(ctx context.Context) value {
	if ctx == nil {
		return value{}
	}
	if id, ok := e.originOf(ctx); ok {
		return value{Kind: kindContext, ID: id, Home: true}
	}
	v := value{Kind: kindContext, ID: e.keep(ctx)}
	if d, ok := ctx.Deadline(); ok {
		v.List = append(v.List, plain(d))
	}
	if err := ctx.Err(); err != nil {
		v.Text = err.Error()
		return v
	}
	context.AfterFunc(ctx, func() {
		cause := ctx.Err()
		e.ask(v.ID, nameEnded, []any{&cause}, nil)
	})
	return v
}

func (e *End) decodeContext(v value) any {
	return e.known(v.ID, func() any {
		c := &remoteContext{object: object{e, v.ID}}
		c.Context, c.stop = context.WithCancel(context.Background())
		if len(v.List) > 0 {
			c.deadline = e.decode(v.List[0], timeType, nil).Interface().(time.Time)
		}
		for _, err := range []error{context.Canceled, context.DeadlineExceeded} {
			if v.Text == err.Error() {
				c.Ended(err)
			}
		}
		return c
	})
}

func (c *remoteContext) Deadline() (time.Time, bool) { return c.deadline, !c.deadline.IsZero() }

func (c *remoteContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Value asks the other end. Keys and values stay where they are.
func (c *remoteContext) Value(key any) any {
	if _, internal := key.(*int); internal {
		return nil // package context looks for its own kind of context
	}
	k, v := opaque(key), opaque(nil)
	c.ask("Value", []any{&k}, []any{&v})
	return v
}

// Ended is called by the other end.
func (c *remoteContext) Ended(err error) {
	c.mu.Lock()
	if c.err == nil {
		c.err = err
	}
	c.mu.Unlock()
	c.stop()
}

// AfterFunc saves package context a goroutine for each derived context.
func (c *remoteContext) AfterFunc(f func()) func() bool { return context.AfterFunc(c.Context, f) }

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
