package remote

import (
	"fmt"
	"reflect"
	"runtime"

	"socketkata/harness/remote/envelope"
)

// call calls a function of the other end. The results are of the types asked
// for; they are zero, except for an error in the last place, if the other end
// is gone. It panics if a value cannot cross. If the function panics or calls
// runtime.Goexit, so does call.
func (e *End) call(object uint64, name string, args []reflect.Value, results []reflect.Type) []reflect.Value {
	m := message{Message: envelope.Message{Object: object, Name: name}}
	for _, a := range args {
		m.Values = append(m.Values, e.encode(a, &m.cargo))
	}
	for i, t := range results {
		if t == fdType || t == fdsType {
			m.Gives = append(m.Gives, i)
		}
	}
	if m.cargo.fault != nil {
		m.cargo.drop()
		panic(uncarried(name, m.cargo.fault))
	}
	r, err := e.roundTrip(m)
	if r.Panic != nil {
		panic(e.decode(*r.Panic, reflect.TypeFor[any](), new(cargo)).Interface())
	}
	back := 0
	for _, a := range args {
		if isBytes(a) && back < len(r.Back) {
			copy(a.Bytes(), r.Back[back].Data)
			back++
		}
	}
	for _, i := range r.Closed {
		if i >= 0 && i < len(m.cargo.loans) {
			m.cargo.loans[i].close()
		}
	}
	if r.Goexit {
		runtime.Goexit()
	}
	out := e.results(&r, err, results)
	r.cargo.drop()
	if r.cargo.fault != nil {
		panic(uncarried(name, r.cargo.fault))
	}
	return out
}

// uncarried is what a call panics with when a value cannot cross.
func uncarried(name string, why error) string {
	return fmt.Sprintf("harness: the call of %s cannot cross to another process: %v", name, why)
}

func (e *End) results(r *message, err error, types []reflect.Type) []reflect.Value {
	out := make([]reflect.Value, len(types))
	if r.Trouble != "" {
		r.cargo.fail("%s", r.Trouble)
	}
	for i, t := range types {
		out[i] = reflect.Zero(t)
		switch {
		case err == nil && i < len(r.Values):
			out[i] = e.decode(r.Values[i], t, &r.cargo)
		case i == len(types)-1 && t == errorType && err != nil:
			out[i] = reflect.ValueOf(&err).Elem()
		}
	}
	return out
}
