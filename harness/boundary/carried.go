package boundary

import (
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// A position is where a type is used.
type position int

const (
	parameter position = iota
	result
	field // of a struct, or in the signature of a function value
)

// A refusal says why a type does not cross.
type refusal struct {
	name  string // of the type; "" if the subject of the sentence is the type
	why   string
	field string    // "Options.Limits", if it is about a field of the package
	pos   token.Pos // of the field
}

func (c *checker) because(t types.Type, why string, args ...any) *refusal {
	return &refusal{name: types.TypeString(t, types.RelativeTo(c.pkg)), why: fmt.Sprintf(why, args...)}
}

// The types that package remote knows by name.
var (
	interfaces = []string{"error", "context.Context", "net.Listener", "net.Conn", "net.PacketConn", "net.Addr", "io.Reader", "io.Writer"}
	values     = []string{"time.Time", "net/netip.Addr", "net/netip.AddrPort"}
	sockets    = []string{"*net.TCPConn", "*net.UnixConn", "*net.UDPConn", "*net.TCPListener", "*net.UnixListener", "*os.File", "syscall.Conn"}
)

// carried says why package remote does not carry a type; nil if it does.
func (c *checker) carried(t types.Type, in position) *refusal {
	t = types.Unalias(t)
	name := t.String()
	switch {
	case slices.Contains(interfaces, name), slices.Contains(values, name):
		return nil
	case slices.Contains(sockets, name):
		switch {
		case in == field:
			return c.because(t, "a socket or file crosses only as a parameter or a result")
		case name == "syscall.Conn" && in == result:
			return c.because(t, "as a result it does not say what it is; return *net.TCPConn or the like")
		}
		return nil
	}
	if n, ok := t.(*types.Named); ok {
		if r := c.named(n); r != nil {
			return r
		}
	}
	return c.underlying(t, in)
}

func (c *checker) underlying(t types.Type, in position) *refusal {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		if u.Info()&(types.IsBoolean|types.IsString|types.IsInteger|types.IsFloat) == 0 || u.Kind() == types.Uintptr {
			return c.because(t, "package remote carries booleans, strings, integers and floating-point numbers only")
		}
		return nil
	case *types.Slice:
		return c.carried(u.Elem(), in)
	case *types.Pointer:
		return c.pointer(u)
	case *types.Struct:
		return c.fields(t, u, false)
	case *types.Signature:
		return c.signature(t, u)
	case *types.Chan:
		if u.Dir() != types.RecvOnly {
			return c.because(t, "only a channel to receive from crosses")
		}
		return c.carried(u.Elem(), field)
	case *types.Map:
		return c.because(t, "package remote does not carry maps yet")
	case *types.Array:
		return c.because(t, "package remote does not carry arrays yet")
	case *types.Interface:
		if u.Empty() {
			return nil
		}
		return c.because(t, "package remote has no stand-in for this interface yet")
	}
	return c.because(t, "package remote does not carry it yet")
}

func (c *checker) named(n *types.Named) *refusal {
	switch {
	case n.TypeArgs().Len() > 0 || n.TypeParams().Len() > 0:
		return c.because(n, "a generic type does not cross")
	case n.Obj().Pkg() == c.pkg && !n.Obj().Exported():
		return c.because(n, "it is not exported, so the package that takes the answer's place does not have it")
	}
	return nil
}

// pointer says why a pointer does not cross. A struct of the package with
// methods stays where it is; what another pointer points to is copied.
func (c *checker) pointer(p *types.Pointer) *refusal {
	elem := types.Unalias(p.Elem())
	n, isNamed := elem.(*types.Named)
	s, isStruct := elem.Underlying().(*types.Struct)
	if isNamed && isStruct && hasMethods(p) {
		if n.Obj().Pkg() != c.pkg {
			return c.because(p, "a struct with methods crosses only if it is the exercise's own")
		}
		if r := c.named(n); r != nil {
			return r
		}
		return c.fields(p, s, true)
	}
	if _, again := elem.Underlying().(*types.Pointer); again {
		return c.because(p, "a pointer to a pointer does not cross")
	}
	return c.carried(elem, field)
}

// fields checks a struct. One that stays where it is may have fields that
// nobody else sees.
func (c *checker) fields(t types.Type, s *types.Struct, stays bool) *refusal {
	for _, open := range c.open {
		if types.Identical(open, t) {
			if stays {
				return nil
			}
			return c.because(t, "it contains itself, and a copy would have no end")
		}
	}
	c.open = append(c.open, t)
	defer func() { c.open = c.open[:len(c.open)-1] }()
	for f := range s.Fields() {
		var r *refusal
		switch {
		case !f.Exported() && !stays:
			r = c.because(f.Type(), "it is not exported and would be lost")
		case f.Exported() && isDescriptor(f.Name(), f.Type()):
			r = c.because(f.Type(), "a descriptor crosses only as a parameter or a result")
		case f.Exported():
			r = c.carried(f.Type(), field)
		}
		if r != nil {
			if r.field == "" && f.Pkg() == c.pkg {
				r.field, r.pos = c.fieldName(t, f), f.Pos()
			}
			return r
		}
	}
	return nil
}

func (c *checker) fieldName(t types.Type, f *types.Var) string {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	return types.TypeString(t, types.RelativeTo(c.pkg)) + "." + f.Name()
}

func (c *checker) signature(t types.Type, sig *types.Signature) *refusal {
	for _, list := range []*types.Tuple{sig.Params(), sig.Results()} {
		for v := range list.Variables() {
			if isDescriptor(v.Name(), v.Type()) {
				return c.because(t, "a descriptor does not cross in a function value")
			}
			if r := c.carried(v.Type(), field); r != nil {
				return r
			}
		}
	}
	return nil
}

// isDescriptor reports whether an int, or a list of them, is a descriptor by
// its name: fd, listenFD, fds, extraFDs.
func isDescriptor(name string, t types.Type) bool {
	if s, ok := t.(*types.Slice); ok {
		t = s.Elem()
	}
	return namesDescriptor(name) && types.Identical(t, types.Typ[types.Int])
}

func namesDescriptor(name string) bool {
	return name == "fd" || name == "fds" || strings.HasSuffix(name, "FD") || strings.HasSuffix(name, "FDs")
}

// lent reports whether a parameter is a descriptor or a socket.
func lent(v *types.Var) bool {
	t := v.Type()
	if s, ok := t.(*types.Slice); ok {
		t = s.Elem()
	}
	return isDescriptor(v.Name(), v.Type()) || slices.Contains(sockets, types.Unalias(t).String())
}

// returnsObject reports whether a result stays in the process of the function
// and may keep the arguments.
func returnsObject(sig *types.Signature) bool {
	for v := range sig.Results().Variables() {
		switch t := types.Unalias(v.Type()); u := t.Underlying().(type) {
		case *types.Signature, *types.Chan:
			return true
		case *types.Pointer:
			if !slices.Contains(sockets, t.String()) && hasMethods(u) {
				return true
			}
		case *types.Interface:
			if t.String() != "error" && t.String() != "net.Addr" {
				return true
			}
		}
	}
	return false
}

// hasMethods reports whether a pointer type has methods that others can call.
func hasMethods(p types.Type) bool {
	for m := range types.NewMethodSet(p).Methods() {
		if m.Obj().Exported() {
			return true
		}
	}
	return false
}

func isError(n *types.Named) bool {
	e := types.Universe.Lookup("error").Type().Underlying().(*types.Interface)
	return types.Implements(n, e) || types.Implements(types.NewPointer(n), e)
}
