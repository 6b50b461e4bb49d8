package remote

import (
	"reflect"
	"unsafe"

	"socketkata/harness/descriptor"
)

// encodeStruct sends the fields of a struct that crosses as a value. A field
// that nobody outside its package can set would be lost.
func (e *End) encodeStruct(v reflect.Value, c *cargo) []value {
	for f, field := range v.Fields() {
		if !f.IsExported() && !field.IsZero() {
			c.fail("a %s cannot cross: its field %s is not exported and would be lost", v.Type(), f.Name)
		}
	}
	return e.encodeFields(v, c)
}

func (e *End) encodeFields(v reflect.Value, c *cargo) []value {
	var fields []value
	for f, field := range v.Fields() {
		if f.IsExported() {
			fields = append(fields, e.encode(field, c))
		}
	}
	return fields
}

func (e *End) decodeFields(list []value, out reflect.Value, c *cargo) {
	for f, field := range out.Fields() {
		if f.IsExported() && len(list) > 0 {
			field.Set(e.decode(list[0], f.Type, c))
			list = list[1:]
		}
	}
}

// encodePointer sends a pointer. A struct with methods stays where it is: its
// exported fields cross until they have been sent, and from then on only which
// struct it is. What any other pointer points to crosses as a copy.
func (e *End) encodePointer(v reflect.Value, c *cargo) value {
	if descriptor.TypeOf(v.Interface()) != "" {
		return e.encodeSocket(v.Interface().(descriptor.Socket), c)
	}
	if v.Elem().Kind() != reflect.Struct || v.Type().NumMethod() == 0 {
		return value{Kind: kindCopy, List: []value{e.encode(v.Elem(), c)}}
	}
	if id, ok := e.originOf(v.Interface()); ok {
		return value{Kind: kindPointer, ID: id, Home: true}
	}
	p := value{Kind: kindPointer, ID: e.keep(v.Interface())}
	if _, told := e.told.Load(p.ID); !told { // of two first calls at once, either may be sent first
		p.List = e.encodeFields(v.Elem(), c)
		c.later = append(c.later, func() { e.told.Store(p.ID, true) })
	}
	return p
}

func (e *End) decodePointer(v value, t reflect.Type, c *cargo) any {
	p, created := e.standIn(v.ID, func() any {
		if t.Elem().Size() == 0 { // all pointers to such variables may be equal, and stand-ins are told apart by theirs
			return reflect.NewAt(t.Elem(), unsafe.Pointer(new(byte))).Interface()
		}
		return reflect.New(t.Elem()).Interface()
	})
	if created {
		e.decodeFields(v.List, reflect.ValueOf(p).Elem(), c)
	}
	return p
}
