package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"reflect"
	"time"
)

// A value is one argument or result on its way.
type value struct {
	Kind string          `json:"k"`
	JSON json.RawMessage `json:"j,omitempty"`
	Data []byte          `json:"-"` // travels behind the JSON
	Size int             `json:"d,omitempty"`
	ID   uint64          `json:"i,omitempty"` // of an object
	Home bool            `json:"h,omitempty"` // the object is the receiver's own
	Text string          `json:"t,omitempty"`
	List []value         `json:"l,omitempty"`
}

// The kinds of values.
const (
	kindNil      = ""
	kindPlain    = "plain"  // JSON
	kindBytes    = "bytes"  // Data
	kindSpace    = "space"  // a []byte to read into, of which only the size crosses: ID
	kindFD       = "fd"     // a descriptor, beside the message
	kindList     = "list"   // a slice or a struct's exported fields
	kindAny      = "any"    // Text is the type
	kindObject   = "object" // a conn, a func, a channel
	kindListener = "listener"
	kindHanded   = "handed" // a listener whose descriptor comes along
	kindContext  = "context"
	kindPointer  = "pointer" // to a struct; List is its fields the first time
	kindAddr     = "addr"
	kindOpaque   = "opaque"
)

var (
	errorType    = reflect.TypeFor[error]()
	contextType  = reflect.TypeFor[context.Context]()
	listenerType = reflect.TypeFor[net.Listener]()
	connType     = reflect.TypeFor[net.Conn]()
	addrType     = reflect.TypeFor[net.Addr]()
	timeType     = reflect.TypeFor[time.Time]()
	bytesType    = reflect.TypeFor[[]byte]()
	spaceType    = reflect.TypeFor[space]()
	opaqueType   = reflect.TypeFor[opaque]()
	fdType       = reflect.TypeFor[descriptor]()
)

// An opaque value stays where it is: the other end can only hand it back.
type opaque any

// A space is a []byte to read into.
type space []byte

// A descriptor is an int that is one.
type descriptor int

// encode makes a value of v, whose static type decides. Descriptors are added
// to files.
func (e *End) encode(v reflect.Value, files *[]*os.File) value {
	switch t := v.Type(); t {
	case errorType:
		err, _ := v.Interface().(error)
		return e.encodeError(err)
	case contextType:
		ctx, _ := v.Interface().(context.Context)
		return e.encodeContext(ctx)
	case listenerType:
		ln, _ := v.Interface().(net.Listener)
		return e.encodeListener(ln, files)
	case connType:
		c, _ := v.Interface().(net.Conn)
		return e.encodeConn(c)
	case addrType:
		if v.IsNil() {
			return value{}
		}
		a := v.Interface().(net.Addr)
		return value{Kind: kindAddr, Text: a.Network(), List: []value{{Text: a.String()}}}
	case timeType:
		return plain(v.Interface())
	case opaqueType:
		return e.encodeOpaque(v.Interface())
	case spaceType:
		return value{Kind: kindSpace, ID: uint64(v.Len())}
	case fdType:
		return e.encodeFD(int(v.Int()), files)
	}
	return e.encodeKind(v, files)
}

func (e *End) encodeOpaque(v any) value {
	if v == nil {
		return value{}
	}
	if id, ok := e.originOf(v); ok {
		return value{Kind: kindOpaque, ID: id, Home: true}
	}
	return value{Kind: kindOpaque, ID: e.keep(v)}
}

func (e *End) encodeKind(v reflect.Value, files *[]*os.File) value {
	t := v.Type()
	switch t.Kind() {
	case reflect.Func, reflect.Chan, reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return value{}
		}
	}
	switch t.Kind() {
	case reflect.Func:
		return value{Kind: kindObject, ID: e.keep(v.Interface())}
	case reflect.Chan:
		return value{Kind: kindObject, ID: e.keep(receiver{v})}
	case reflect.Pointer:
		return e.encodePointer(v, files)
	case reflect.Interface:
		return e.encodeAny(v.Elem(), files)
	case reflect.Struct:
		return value{Kind: kindList, List: e.encodeFields(v, files)}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return value{Kind: kindBytes, Data: v.Bytes(), Home: v.IsNil()}
		}
		list := value{Kind: kindList, Home: v.IsNil()}
		for i := range v.Len() {
			list.List = append(list.List, e.encode(v.Index(i), files))
		}
		return list
	}
	return plain(v.Interface())
}

func plain(v any) value {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("remote: a %T cannot cross a process boundary", v))
	}
	return value{Kind: kindPlain, JSON: text}
}

// encodeAny sends the basic types as what they are, and of everything else
// what fmt prints.
func (e *End) encodeAny(v reflect.Value, files *[]*os.File) value {
	if err, ok := v.Interface().(error); ok {
		return value{Kind: kindAny, Text: "error", List: []value{e.encodeError(err)}}
	}
	for name, t := range anyTypes {
		if v.Type() == t {
			return value{Kind: kindAny, Text: name, List: []value{e.encode(v, files)}}
		}
	}
	return value{Kind: kindAny, Text: "string", List: []value{plain(fmt.Sprint(v.Interface()))}}
}

var anyTypes = map[string]reflect.Type{
	"bool": reflect.TypeFor[bool](), "int": reflect.TypeFor[int](), "int64": reflect.TypeFor[int64](),
	"float64": reflect.TypeFor[float64](), "string": reflect.TypeFor[string](), "bytes": bytesType,
	"duration": reflect.TypeFor[time.Duration](), "time": timeType, "error": errorType, "addr": addrType,
}

func (e *End) encodeFields(v reflect.Value, files *[]*os.File) []value {
	var fields []value
	for f, field := range v.Fields() {
		if f.IsExported() {
			fields = append(fields, e.encode(field, files))
		}
	}
	return fields
}

// decode makes a Go value of type t. Descriptors are taken from files.
func (e *End) decode(v value, t reflect.Type, files *[]*os.File) reflect.Value {
	out := reflect.New(t).Elem()
	switch v.Kind {
	case kindNil:
	case kindPlain:
		json.Unmarshal(v.JSON, out.Addr().Interface()) // what does not fit stays zero
	case kindBytes:
		if !v.Home {
			out.SetBytes(v.Data[:len(v.Data):len(v.Data)])
		}
	case kindSpace:
		out.SetBytes(make([]byte, v.ID))
	case kindFD:
		out.SetInt(int64(takeFD(files)))
	case kindList:
		e.decodeList(v, out, files)
	case kindAny:
		out.Set(e.decode(v.List[0], anyTypes[v.Text], files))
	case kindAddr:
		out.Set(reflect.ValueOf(addr{network: v.Text, text: v.List[0].Text}))
	default:
		if object := e.decodeObject(v, t, files); object != nil {
			out.Set(reflect.ValueOf(object))
		}
	}
	return out
}

func (e *End) decodeList(v value, out reflect.Value, files *[]*os.File) {
	if out.Kind() == reflect.Struct {
		e.decodeFields(v.List, out, files)
		return
	}
	if v.Home {
		return // a nil slice
	}
	out.Set(reflect.MakeSlice(out.Type(), len(v.List), len(v.List)))
	for i, element := range v.List {
		out.Index(i).Set(e.decode(element, out.Type().Elem(), files))
	}
}

func (e *End) decodeFields(list []value, out reflect.Value, files *[]*os.File) {
	for f, field := range out.Fields() {
		if f.IsExported() && len(list) > 0 {
			field.Set(e.decode(list[0], f.Type, files))
			list = list[1:]
		}
	}
}

// decodeObject returns an object of this end, or what stands for one of the
// other's.
func (e *End) decodeObject(v value, t reflect.Type, files *[]*os.File) any {
	switch {
	case isError(v.Kind):
		return e.decodeError(v)
	case v.Home:
		return e.ownObject(v.ID)
	case v.Kind == kindContext:
		return e.decodeContext(v)
	case v.Kind == kindHanded:
		return e.known(v.ID, func() any { return e.newHanded(v.ID, takeFile(files)) })
	case v.Kind == kindOpaque:
		return e.known(v.ID, func() any { return &object{e, v.ID} })
	case v.Kind == kindListener:
		return e.known(v.ID, func() any { return &listener{object{e, v.ID}, e.addr(v.List[0])} })
	case v.Kind == kindPointer:
		return e.decodePointer(v, t, files)
	case t.Kind() == reflect.Func:
		return e.newFunc(v.ID, t)
	case t.Kind() == reflect.Chan:
		return e.newChan(v.ID, t)
	}
	return e.known(v.ID, func() any { return e.newConn(v) })
}

func (e *End) known(id uint64, create func() any) any {
	s, _ := e.standIn(id, create)
	return s
}

// encodePointer sends a struct's exported fields the first time, and from then
// on only which struct it is.
func (e *End) encodePointer(v reflect.Value, files *[]*os.File) value {
	if id, ok := e.originOf(v.Interface()); ok {
		return value{Kind: kindPointer, ID: id, Home: true}
	}
	e.mu.Lock()
	_, known := e.ids[v.Interface()]
	e.mu.Unlock()
	p := value{Kind: kindPointer, ID: e.keep(v.Interface())}
	if !known {
		p.List = e.encodeFields(v.Elem(), files)
	}
	return p
}

func (e *End) decodePointer(v value, t reflect.Type, files *[]*os.File) any {
	p, created := e.standIn(v.ID, func() any { return reflect.New(t.Elem()).Interface() })
	if created {
		e.decodeFields(v.List, reflect.ValueOf(p).Elem(), files)
	}
	return p
}
