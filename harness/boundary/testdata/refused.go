// Package fixture exports what cannot cross; want says why.
package fixture

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"unsafe"
)

var Default = &Kept{} // want: the only variables that cross are errors whose names begin with Err

var Broken = errors.New("broken") // want: the only variables that cross are errors whose names begin with Err

type hidden struct{}

type Kept struct {
	Mu    sync.Locker // want: package remote has no stand-in for this interface yet
	state int
}

func (k *Kept) Add(c *net.TCPConn) error { return nil } // want: it is lent for one call, and the receiver may keep it
func (k *Kept) Watch(connFD int) error   { return nil } // want: it is lent for one call, and the receiver may keep it

type Mixed struct {
	N    int
	seen int // want: the field Mixed.seen has the type int, which cannot cross to another process: it is not exported and would be lost
}

func (m *Mixed) Same() {}
func (m Mixed) Copy()  {}

type Event struct {
	FD int // want: the field Event.FD has the type int, which cannot cross to another process: a descriptor crosses only as a parameter or a result
}

type Holder struct {
	Log *os.File // want: a socket or file crosses only as a parameter or a result
}

type Shut struct {
	n int // want: the field Shut.n has the type int, which cannot cross to another process: it is not exported and would be lost
}

type Chain struct {
	Next *Chain // want: it contains itself, and a copy would have no end
}

type ParseError struct{} // want: errors.As would not find it; export a variable of type error

func (ParseError) Error() string { return "" }

func Count(m map[string]int) error             { return nil }      // want: package remote does not carry maps yet
func Key() (k [16]byte, err error)             { return }          // want: package remote does not carry arrays yet
func Raw(p uintptr)                            {}                  // want: package remote carries booleans, strings, integers and floating-point numbers only
func Pointer() unsafe.Pointer                  { return nil }      // want: package remote carries booleans, strings, integers and floating-point numbers only
func Wave(c complex128)                        {}                  // want: package remote carries booleans, strings, integers and floating-point numbers only
func Feed(c chan<- int)                        {}                  // want: only a channel to receive from crosses
func Secure(c *tls.Config) error               { return nil }      // want: a struct with methods crosses only if it is the exercise's own
func Own(h hidden)                             {}                  // want: it is not exported, so the package that takes the answer's place does not have it
func Close(c io.Closer) error                  { return nil }      // want: package remote has no stand-in for this interface yet
func Twice(p **int)                            {}                  // want: a pointer to a pointer does not cross
func All[T any](each func(T)) error            { return nil }      // want: All cannot cross to another process: it is generic
func Each(f func(connFD int)) error            { return nil }      // want: a descriptor does not cross in a function value
func Serve(handler func(c *net.TCPConn)) error { return nil }      // want: a socket or file crosses only as a parameter or a result
func New(c *net.TCPConn) (*Kept, error)        { return nil, nil } // want: it is lent for one call, and what the function returns may keep it
