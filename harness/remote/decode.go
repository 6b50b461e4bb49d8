package remote

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
)

// decode makes a Go value of type t.
func (e *End) decode(v value, t reflect.Type, c *cargo) reflect.Value {
	out := reflect.New(t).Elem()
	switch v.Kind {
	case kindNil:
	case kindPlain:
		decodeJSON(v, out.Addr().Interface(), c)
	case kindBytes:
		switch {
		case out.Kind() == reflect.String:
			out.SetString(string(v.Data))
		case !isBytes(out):
			c.fail("a %s does not arrive: it is bytes", t)
		case !v.Home:
			out.SetBytes(v.Data[:len(v.Data):len(v.Data)])
		}
	case kindBinary:
		to, ok := out.Addr().Interface().(encoding.BinaryUnmarshaler)
		if !ok {
			c.fail("a value does not arrive: a %s has no binary form", t)
		} else if err := to.UnmarshalBinary(v.Data); err != nil {
			c.fail("a value does not arrive: %w", err)
		}
	case kindSpace:
		out.SetBytes(make([]byte, v.ID))
	case kindFD:
		out.SetInt(int64(e.takeFD(v, c)))
	case kindList:
		e.decodeList(v, out, c)
	case kindAny:
		out.Set(e.decode(v.List[0], anyTypes[v.Text], c))
	case kindCopy:
		out.Set(reflect.New(t.Elem()))
		out.Elem().Set(e.decode(v.List[0], t.Elem(), c))
	default:
		e.set(out, e.decodeObject(v, t, c), c)
	}
	return out
}

// set puts an object where a value of another type may be expected: the other
// end may be wrong.
func (e *End) set(out reflect.Value, object any, c *cargo) {
	switch o := reflect.ValueOf(object); {
	case object == nil:
	case o.Type().AssignableTo(out.Type()):
		out.Set(o)
	default:
		c.fail("a %s does not arrive: it is a %T", out.Type(), object)
	}
}

func (e *End) decodeList(v value, out reflect.Value, c *cargo) {
	if out.Kind() == reflect.Struct {
		e.decodeFields(v.List, out, c)
		return
	}
	if v.Home {
		return // a nil slice
	}
	out.Set(reflect.MakeSlice(out.Type(), len(v.List), len(v.List)))
	for i, element := range v.List {
		out.Index(i).Set(e.decode(element, out.Type().Elem(), c))
	}
}

// decodeObject returns an object of this end, or what stands for one of the
// other's.
func (e *End) decodeObject(v value, t reflect.Type, c *cargo) any {
	switch {
	case isError(v.Kind):
		return e.decodeError(v)
	case v.Home:
		return e.ownObject(v.ID)
	case v.Kind == kindAddr:
		return decodeAddr(v, c)
	case v.Kind == kindSocket:
		return e.decodeSocket(v, c)
	case v.Kind == kindContext:
		return e.decodeContext(v)
	case v.Kind == kindShared:
		return e.known(v.ID, func() any { return e.newShared(v, t, c) })
	case v.Kind == kindOpaque:
		return e.known(v.ID, func() any { return &object{e, v.ID} })
	case v.Kind == kindListener:
		return e.known(v.ID, func() any { return e.newListener(v) })
	case v.Kind == kindPackets:
		return e.known(v.ID, func() any { return &packetConn{object{e, v.ID}, e.addr(v.List[0])} })
	case v.Kind == kindPointer:
		return e.decodePointer(v, t, c)
	case v.Kind != kindObject:
		c.fail("a %s does not arrive: there is no kind of value %q", t, fmt.Sprint(v.Kind))
		return nil
	case t.Kind() == reflect.Func:
		return e.newFunc(v.ID, t)
	case t.Kind() == reflect.Chan:
		return e.newChan(v.ID, t)
	case (t == readerType || t == writerType) && v.Text == "both":
		return e.known(v.ID, func() any { return &remoteReadWriter{object{e, v.ID}} })
	case t == readerType && len(v.List) == 0:
		return e.known(v.ID, func() any { return &remoteReader{object{e, v.ID}} })
	case t == writerType && len(v.List) == 0:
		return e.known(v.ID, func() any { return &remoteWriter{object{e, v.ID}} })
	}
	return e.known(v.ID, func() any { return e.newConn(v) })
}

func (e *End) known(id uint64, create func() any) any {
	s, _ := e.standIn(id, create)
	return s
}

func decodeJSON(v value, to any, c *cargo) {
	if err := json.Unmarshal(v.JSON, to); err != nil {
		c.fail("a value does not arrive: %w", err)
	}
}
