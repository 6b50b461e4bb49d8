package remote

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"reflect"
	"slices"
	"strings"
	"syscall"

	"socketkata/harness/remote/foreign"
)

// The kinds of errors.
const (
	kindError   = "error"   // of whatever type; List is what it wraps
	kindKnown   = "known"   // one that both ends know, by name
	kindErrno   = "errno"   // syscall.Errno
	kindOp      = "op"      // *net.OpError
	kindSyscall = "syscall" // *os.SyscallError
	kindDNS     = "dns"     // *net.DNSError
	kindAddrErr = "addrerr" // *net.AddrError
	kindPath    = "path"    // *fs.PathError
)

func isError(kind string) bool {
	return slices.Contains([]string{kindError, kindKnown, kindErrno, kindOp, kindSyscall, kindDNS, kindAddrErr, kindPath}, kind)
}

func (e *End) encodeError(err error) value {
	if err == nil {
		return value{}
	}
	if id, ok := e.originOf(err); ok {
		return value{Kind: kindError, ID: id, Home: true}
	}
	if name := e.nameOf(err); name != "" {
		return value{Kind: kindKnown, Text: name}
	}
	switch x := err.(type) {
	case syscall.Errno:
		return value{Kind: kindErrno, ID: uint64(x)}
	case *net.OpError:
		return value{Kind: kindOp, Text: x.Op + " " + x.Net, List: []value{e.encodeAddr(x.Source), e.encodeAddr(x.Addr), e.encodeError(x.Err)}}
	case *os.SyscallError:
		return value{Kind: kindSyscall, Text: x.Syscall, List: []value{e.encodeError(x.Err)}}
	case *net.DNSError:
		d := *x
		d.UnwrapErr = nil
		return value{Kind: kindDNS, JSON: new(cargo).plain(d).JSON, List: []value{e.encodeError(x.UnwrapErr)}}
	case *net.AddrError:
		return value{Kind: kindAddrErr, JSON: new(cargo).plain(x).JSON}
	case *fs.PathError:
		return value{Kind: kindPath, Text: x.Op + " " + x.Path, List: []value{e.encodeError(x.Err)}}
	}
	return e.encodeOther(err)
}

// encodeOther sends an error's text and what it wraps.
func (e *End) encodeOther(err error) value {
	v := value{Kind: kindError, ID: e.keep(err), Text: err.Error()}
	var wraps []error
	shape := foreign.None
	switch x := err.(type) {
	case interface{ Unwrap() error }:
		shape, wraps = foreign.One, []error{x.Unwrap()}
	case interface{ Unwrap() []error }:
		shape, wraps = foreign.Several, x.Unwrap()
	}
	for _, w := range wraps {
		v.List = append(v.List, e.encodeError(w))
	}
	flags := []string{string(shape)}
	for name, known := range foreign.Known {
		if errors.Is(err, known) && !slices.ContainsFunc(wraps, func(w error) bool { return errors.Is(w, known) }) {
			flags = append(flags, name)
		}
	}
	if t, ok := err.(interface{ Timeout() bool }); ok {
		flags = append(flags, map[bool]string{true: "timeout", false: "no timeout"}[t.Timeout()])
	}
	if t, ok := err.(interface{ Temporary() bool }); ok && t.Temporary() {
		flags = append(flags, "temporary")
	}
	v.JSON = new(cargo).plain(flags).JSON
	return v
}

// nameOf returns the name of an error that both ends know.
func (e *End) nameOf(err error) string {
	if !reflect.TypeOf(err).Comparable() {
		return ""
	}
	for _, known := range []map[string]error{foreign.Known, e.shared()} {
		for name, k := range known {
			if k == err {
				return name
			}
		}
	}
	return ""
}

// shared returns the errors that the package itself exports.
func (e *End) shared() map[string]error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.errors
}

func (e *End) decodeError(v value) any {
	switch v.Kind {
	case kindKnown:
		if err, ok := foreign.Known[v.Text]; ok {
			return err
		}
		return e.shared()[v.Text]
	case kindErrno:
		return syscall.Errno(v.ID)
	case kindOp:
		op, network, _ := strings.Cut(v.Text, " ")
		return &net.OpError{Op: op, Net: network, Source: e.addr(v.List[0]), Addr: e.addr(v.List[1]), Err: e.inner(v)}
	case kindSyscall:
		return &os.SyscallError{Syscall: v.Text, Err: e.inner(v)}
	case kindDNS:
		d, _ := e.decode(value{Kind: kindPlain, JSON: v.JSON}, reflect.TypeFor[*net.DNSError](), new(cargo)).Interface().(*net.DNSError)
		d.UnwrapErr = e.inner(v)
		return d
	case kindAddrErr:
		return e.decode(value{Kind: kindPlain, JSON: v.JSON}, reflect.TypeFor[*net.AddrError](), new(cargo)).Interface()
	case kindPath:
		op, path, _ := strings.Cut(v.Text, " ")
		return &fs.PathError{Op: op, Path: path, Err: e.inner(v)}
	}
	if v.Home {
		return e.ownObject(v.ID)
	}
	return e.known(v.ID, func() any { return e.newError(v) })
}

// inner is the error in the last place of the list, which comes back as it is.
func (e *End) inner(v value) error {
	err, _ := e.decode(v.List[len(v.List)-1], errorType, new(cargo)).Interface().(error)
	return err
}

// newError makes what stands for an error of a type that only the other end
// has.
func (e *End) newError(v value) error {
	r := foreign.Error{Text: v.Text}
	for _, w := range v.List {
		if err, _ := e.decode(w, errorType, new(cargo)).Interface().(error); err != nil {
			r.Wraps = append(r.Wraps, err)
		}
	}
	flags, _ := e.decode(value{Kind: kindPlain, JSON: v.JSON}, reflect.TypeFor[[]string](), new(cargo)).Interface().([]string)
	for _, flag := range flags {
		switch known := foreign.Known[flag]; {
		case known != nil:
			r.Alike = append(r.Alike, known)
		case flag == "timeout", flag == "no timeout":
			r.Timeout, r.Timed = flag == "timeout", true
		case flag == "temporary":
			r.Temporary, r.Timed = true, true
		default:
			r.Shape = foreign.Shape(flag)
		}
	}
	return r.New()
}
