package remote

import (
	"context"
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"reflect"
	"syscall"
	"time"
	"unicode/utf8"

	"socketkata/harness/descriptor"
)

// The kinds of values.
const (
	kindNil      = ""
	kindPlain    = "plain"  // JSON
	kindBytes    = "bytes"  // Data
	kindBinary   = "binary" // Data, as the type itself marshals
	kindSpace    = "space"  // a []byte to read into, of which only the size crosses: ID
	kindFD       = "fd"     // a descriptor, beside the message
	kindSocket   = "socket" // a *net.TCPConn and the like, or a file: its descriptor
	kindList     = "list"   // a slice or a struct's exported fields
	kindAny      = "any"    // Text is the type
	kindObject   = "object" // a conn, a reader, a func, a channel
	kindListener = "listener"
	kindPackets  = "packets" // a packet conn
	kindShared   = "shared"  // a listener or packet conn whose descriptor comes with the message
	kindContext  = "context"
	kindPointer  = "pointer" // to a struct that stays; List is its fields the first time
	kindCopy     = "copy"    // a pointer to a value that crosses
	kindAddr     = "addr"
	kindOpaque   = "opaque"
)

var (
	errorType      = reflect.TypeFor[error]()
	contextType    = reflect.TypeFor[context.Context]()
	listenerType   = reflect.TypeFor[net.Listener]()
	connType       = reflect.TypeFor[net.Conn]()
	packetConnType = reflect.TypeFor[net.PacketConn]()
	readerType     = reflect.TypeFor[io.Reader]()
	writerType     = reflect.TypeFor[io.Writer]()
	socketType     = reflect.TypeFor[syscall.Conn]()
	addrType       = reflect.TypeFor[net.Addr]()
	timeType       = reflect.TypeFor[time.Time]()
	netipAddrType  = reflect.TypeFor[netip.Addr]()
	addrPortType   = reflect.TypeFor[netip.AddrPort]()
	bytesType      = reflect.TypeFor[[]byte]()
	spaceType      = reflect.TypeFor[space]()
	opaqueType     = reflect.TypeFor[opaque]()
	fdType         = reflect.TypeFor[fdNumber]()
	fdsType        = reflect.TypeFor[fdNumbers]()
)

// An opaque value stays where it is: the other end can only pass it back.
type opaque any

// A space is a []byte to read into.
type space []byte

// A fdNumber is an int that is a descriptor.
type fdNumber int

// A fdNumbers value is a list of them.
type fdNumbers []int

// encode makes a value of v, whose static type decides.
func (e *End) encode(v reflect.Value, c *cargo) value {
	switch t := v.Type(); t {
	case errorType:
		err, _ := v.Interface().(error)
		return e.encodeError(err)
	case contextType:
		ctx, _ := v.Interface().(context.Context)
		return e.encodeContext(ctx, c)
	case listenerType, connType, packetConnType, readerType, writerType, socketType:
		if v.IsNil() {
			return value{}
		}
		return e.encodeInterface(v.Interface(), t, c)
	case addrType:
		a, _ := v.Interface().(net.Addr)
		return e.encodeAddr(a)
	case timeType:
		return c.plain(v.Interface())
	case netipAddrType, addrPortType:
		data, err := v.Interface().(encoding.BinaryMarshaler).MarshalBinary()
		if err != nil {
			return c.fail("%v cannot cross: %w", v, err)
		}
		return value{Kind: kindBinary, Data: data}
	case opaqueType:
		return e.encodeOpaque(v.Interface())
	case spaceType:
		return value{Kind: kindSpace, ID: uint64(v.Len())}
	case fdType:
		return e.encodeFD(int(v.Int()), c)
	case fdsType:
		list := value{Kind: kindList, Home: v.IsNil()}
		for _, fd := range v.Interface().(fdNumbers) {
			list.List = append(list.List, e.encodeFD(fd, c))
		}
		return list
	}
	return e.encodeKind(v, c)
}

// encodeInterface sends what is behind an interface of package net, io or
// syscall.
func (e *End) encodeInterface(v any, t reflect.Type, c *cargo) value {
	switch x := v.(type) {
	case net.Listener:
		if t == listenerType {
			return e.encodeListener(x, c)
		}
	case net.Conn:
		if t != packetConnType && t != socketType {
			return e.encodeConn(x)
		}
	}
	if id, ok := e.originOf(v); ok {
		return value{Kind: kindObject, ID: id, Home: true}
	}
	switch t {
	case packetConnType:
		return e.encodePackets(v.(net.PacketConn), c)
	case socketType:
		if descriptor.TypeOf(v) == "" {
			return c.fail("a %T cannot cross as a syscall.Conn: only sockets of package net and *os.File can", v)
		}
		return e.encodeSocket(v.(descriptor.Socket), c)
	}
	object := value{Kind: kindObject, ID: e.keep(v)}
	if _, both := v.(io.ReadWriter); both {
		object.Text = "both"
	}
	return object
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

func (e *End) encodeKind(v reflect.Value, c *cargo) value {
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
		return e.encodePointer(v, c)
	case reflect.Interface:
		if t.NumMethod() > 0 {
			return c.fail("a %s cannot cross", t)
		}
		return e.encodeAny(v.Elem(), c)
	case reflect.Struct:
		return value{Kind: kindList, List: e.encodeStruct(v, c)}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return value{Kind: kindBytes, Data: v.Bytes(), Home: v.IsNil()}
		}
		list := value{Kind: kindList, Home: v.IsNil()}
		for i := range v.Len() {
			list.List = append(list.List, e.encode(v.Index(i), c))
		}
		return list
	case reflect.String:
		if !utf8.ValidString(v.String()) { // JSON would replace what is not UTF-8
			return value{Kind: kindBytes, Data: []byte(v.String())}
		}
	case reflect.Map, reflect.Array, reflect.Uintptr, reflect.UnsafePointer, reflect.Complex64, reflect.Complex128:
		return c.fail("a %s cannot cross", t)
	}
	return c.plain(v.Interface())
}

// plain makes JSON of a value.
func (c *cargo) plain(v any) value {
	text, err := json.Marshal(v)
	if err != nil {
		return c.fail("a %T cannot cross: %w", v, err)
	}
	return value{Kind: kindPlain, JSON: text}
}

// encodeAny sends the basic types as they are, and anything else as what fmt
// prints.
func (e *End) encodeAny(v reflect.Value, c *cargo) value {
	if err, ok := v.Interface().(error); ok {
		return value{Kind: kindAny, Text: "error", List: []value{e.encodeError(err)}}
	}
	for name, t := range anyTypes {
		if v.Type() == t {
			return value{Kind: kindAny, Text: name, List: []value{e.encode(v, c)}}
		}
	}
	return value{Kind: kindAny, Text: "string", List: []value{c.plain(fmt.Sprint(v.Interface()))}}
}

var anyTypes = map[string]reflect.Type{
	"bool": reflect.TypeFor[bool](), "int": reflect.TypeFor[int](), "int64": reflect.TypeFor[int64](),
	"float64": reflect.TypeFor[float64](), "string": reflect.TypeFor[string](), "bytes": bytesType,
	"duration": reflect.TypeFor[time.Duration](), "time": timeType, "error": errorType, "addr": addrType,
	"netip.Addr": netipAddrType, "netip.AddrPort": addrPortType,
}
