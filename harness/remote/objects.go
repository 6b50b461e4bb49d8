package remote

import (
	"reflect"
)

// Names of calls about something that was lent.
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
