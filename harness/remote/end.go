package remote

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"net"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"socketkata/harness/remote/envelope"
	"socketkata/harness/traceback"
)

// An End is one end of the connection between two processes.
type End struct {
	conn    *envelope.Conn
	exports map[string]reflect.Value // functions the other end may call by name
	isTest  bool                     // this is the test's end
	read    atomic.Int64             // bytes that the other end has read here
	begun   atomic.Int64             // calls that the other end has made here
	told    sync.Map                 // IDs of the structs whose fields were sent

	mu      sync.Mutex
	errors  map[string]error // errors that are the same on both ends
	last    uint64           // ID of a call or an object
	waiting map[uint64]chan message
	gone    error             // why the other end is gone
	mine    map[uint64]any    // objects that the other end may call
	ids     map[any]uint64    // of mine, by identity
	theirs  map[uint64]any    // stand-ins for objects of the other end, by its ID
	origin  map[any]uint64    // the other end's ID of each stand-in
	running map[uint64]string // calls that run here, by goroutine
	given   map[int]Given     // descriptors that the other end gave away, by their number here
	over    chan struct{}     // closed when gone is set
}

func newEnd(conn *net.UnixConn, exports map[string]any, shared map[string]error) *End {
	e := &End{
		conn: envelope.NewConn(conn), exports: map[string]reflect.Value{}, errors: shared,
		waiting: map[uint64]chan message{}, mine: map[uint64]any{}, ids: map[any]uint64{},
		theirs: map[uint64]any{}, origin: map[any]uint64{}, running: map[uint64]string{}, given: map[int]Given{},
		over: make(chan struct{}),
	}
	for name, f := range exports {
		e.exports[name] = reflect.ValueOf(f)
	}
	return e
}

// errGone is what calls fail with when the other process has ended.
var errGone = errors.New("the process ended")

// loop reads messages until the other end is gone.
func (e *End) loop() {
	for {
		received, fds, err := e.conn.Receive()
		m := message{received, cargo{fds: fds}}
		if err != nil {
			e.end(fmt.Errorf("%w: %w", errGone, err))
			return
		}
		if !m.Reply {
			e.begin(m)
			continue
		}
		e.mu.Lock()
		reply := e.waiting[m.ID]
		delete(e.waiting, m.ID)
		e.mu.Unlock()
		if reply != nil {
			reply <- m
		}
	}
}

// end fails the calls in flight.
func (e *End) end(why error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.gone == nil {
		e.gone = why
		close(e.over)
	}
}

// send sends a message. Its descriptors are the receiver's from then on.
func (e *End) send(m message) error {
	err := e.conn.Send(m.Message, m.cargo.fds)
	for _, f := range m.cargo.later {
		f()
	}
	return err
}

// roundTrip sends a call and waits for its reply.
func (e *End) roundTrip(m message) (message, error) {
	reply := make(chan message, 1)
	e.mu.Lock()
	e.last++
	m.ID = e.last
	e.waiting[m.ID] = reply
	e.mu.Unlock()
	if err := e.send(m); err != nil {
		return message{}, fmt.Errorf("%w: %w", errGone, err)
	}
	select {
	case r := <-reply:
		return r, nil
	case <-e.over:
	}
	select {
	case r := <-reply: // it was the last thing the other end said
		return r, nil
	default:
		return message{}, e.gone
	}
}

// begin runs a call in a goroutine of its own. The arguments are taken in the
// order in which they were sent: the fields of a struct come with the first
// call that it is part of.
func (e *End) begin(m message) {
	e.begun.Add(1)
	target, err := e.target(m)
	if err == nil && target.Type().NumIn() != len(m.Values) {
		err = fmt.Errorf("%s takes %d arguments, not %d", m.Name, target.Type().NumIn(), len(m.Values))
	}
	args := make([]reflect.Value, len(m.Values))
	if err == nil {
		for i, v := range m.Values {
			args[i] = e.decode(v, target.Type().In(i), &m.cargo)
		}
		err = m.cargo.fault
	}
	m.cargo.drop()
	if err != nil {
		m.cargo.returned()
		go e.send(newReply(m, err.Error()))
		return
	}
	go e.run(m, target, args)
}

// run makes one call and replies.
func (e *End) run(m message, target reflect.Value, args []reflect.Value) {
	self := traceback.Current()
	e.mu.Lock()
	e.running[self] = m.Name
	e.mu.Unlock()
	call := target.Call
	if target.Type().IsVariadic() {
		call = target.CallSlice
	}
	before := make([]uint64, len(args))
	for i, a := range args {
		before[i] = sum(a)
	}
	reply := newReply(m, "")
	results := e.guarded(&reply, func() []reflect.Value { return call(args) })
	e.mu.Lock()
	delete(e.running, self)
	e.mu.Unlock()
	for i, v := range m.Values {
		switch {
		case !isBytes(args[i]):
		case v.Kind == kindSpace || sum(args[i]) != before[i]:
			reply.Back = append(reply.Back, value{Kind: kindBytes, Data: e.filled(v, args[i].Bytes(), results)})
		default: // meanwhile another call may have changed the caller's
			reply.Back = append(reply.Back, value{})
		}
	}
	e.give(&reply, m.Gives, results)
	reply.Closed = m.cargo.returned()
	e.send(reply) // if that fails, the other end is gone
}

// give encodes results. Their descriptors and sockets go to the other end for
// good, unless the call failed: then a number is only a number.
func (e *End) give(reply *message, gives []int, results []reflect.Value) {
	c := &reply.cargo
	c.gives = true
	failed := false
	if n := len(results); n > 0 && results[n-1].Type() == errorType {
		failed = !results[n-1].IsNil()
	}
	for i, r := range results {
		if slices.Contains(gives, i) && !failed {
			if r.Kind() == reflect.Int {
				r = r.Convert(fdType)
			} else {
				r = r.Convert(fdsType)
			}
		}
		reply.Values = append(reply.Values, e.encode(r, c))
	}
	if c.fault != nil {
		c.drop()
		reply.Values, reply.Trouble = nil, c.fault.Error()
	}
}

// guarded calls f. In the test's process a panic or a Goexit goes to the caller,
// which is code of the subject; in the subject's process it takes its course.
func (e *End) guarded(reply *message, f func() []reflect.Value) (results []reflect.Value) {
	if !e.isTest {
		return f()
	}
	var ended sync.WaitGroup
	ended.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				v := e.encodeAny(reflect.ValueOf(p), new(cargo))
				reply.Panic = &v
			}
		}()
		reply.Goexit = true // unless f returns or panics
		results = f()
		reply.Goexit = false
	})
	ended.Wait()
	return results
}

func isBytes(v reflect.Value) bool {
	return v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8
}

var seed = maphash.MakeSeed()

// sum is a checksum of a []byte argument.
func sum(v reflect.Value) uint64 {
	if !isBytes(v) {
		return 0
	}
	return maphash.Bytes(seed, v.Bytes())
}

// filled is what of a []byte argument has to go back: of space to read into,
// only as much as was read.
func (e *End) filled(v value, b []byte, results []reflect.Value) []byte {
	if v.Kind == kindSpace && len(results) > 0 && results[0].CanInt() {
		n := min(max(results[0].Int(), 0), int64(len(b))) // a Read that is wrong may return any
		e.read.Add(n)
		return b[:n]
	}
	return b
}

// target finds what a call is for.
func (e *End) target(m message) (reflect.Value, error) {
	if m.Object == 0 {
		if f, ok := e.exports[m.Name]; ok {
			return f, nil
		}
		return reflect.Value{}, fmt.Errorf("there is no function %s", m.Name)
	}
	e.mu.Lock()
	object, own := e.mine[m.Object]
	if stand, ok := e.theirs[m.Object]; ok && (m.Name == nameEnded || m.Name == nameShut) {
		object, own = stand, true // it is about something that the other end lent
	}
	e.mu.Unlock()
	if !own {
		return reflect.Value{}, fmt.Errorf("there is no object %d", m.Object)
	}
	v := reflect.ValueOf(object)
	if ctx, ok := object.(context.Context); ok && m.Name == "Value" {
		return reflect.ValueOf(func(key opaque) opaque { return ctx.Value(key) }), nil
	}
	if m.Name == nameDescriptor {
		return reflect.ValueOf(func() (int, error) { return descriptorOf(object) }), nil
	}
	if r, ok := object.(receiver); ok {
		return r.recv(), nil
	}
	if m.Name == "" {
		return v, nil
	}
	if method := v.MethodByName(m.Name); method.IsValid() {
		return method, nil
	}
	return reflect.Value{}, fmt.Errorf("%T has no method %s", object, m.Name)
}
