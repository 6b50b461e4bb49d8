// Package foreign makes errors that stand for errors of another process. They have
// the methods that the original has, as far as package errors and code that
// unwraps by hand look for them, and no more: [errors.Join] and fmt.Errorf("%w")
// give different errors, and a program may know only one of them.
package foreign

import "slices"

// An Error says what the original is. [Error.New] makes the error that stands for it.
type Error struct {
	Text      string
	Shape     Shape
	Wraps     []error // one if the shape is One, which may be nil
	Alike     []error // that errors.Is finds although they are not wrapped
	Timed     bool    // it has the methods of net.Error
	Timeout   bool
	Temporary bool
}

// A Shape says which method Unwrap an error has.
type Shape string

// The shapes.
const (
	None    Shape = ""        // it has none
	One     Shape = "one"     // Unwrap() error
	Several Shape = "several" // Unwrap() []error
)

// New returns an error like the original, which is equal to no other.
func (e Error) New() error {
	b, t := &base{e.Text, e.Alike}, timed{e.Timeout, e.Temporary}
	switch {
	case e.Shape == One && e.Timed:
		return &timedOne{one{b, e.first()}, t}
	case e.Shape == One:
		return &one{b, e.first()}
	case e.Shape == Several && e.Timed:
		return &timedSeveral{several{b, e.Wraps}, t}
	case e.Shape == Several:
		return &several{b, e.Wraps}
	case e.Timed:
		return &timedBase{b, t}
	}
	return b
}

func (e Error) first() error {
	if len(e.Wraps) == 0 {
		return nil
	}
	return e.Wraps[0]
}

type (
	base struct {
		text  string
		alike []error
	}
	one struct {
		*base
		wraps error
	}
	several struct {
		*base
		wraps []error
	}
	timed     struct{ timeout, temporary bool }
	timedBase struct {
		*base
		timed
	}
	timedOne struct {
		one
		timed
	}
	timedSeveral struct {
		several
		timed
	}
)

func (b *base) Error() string        { return b.text }
func (b *base) Is(target error) bool { return slices.Contains(b.alike, target) }
func (o *one) Unwrap() error         { return o.wraps }
func (s *several) Unwrap() []error   { return s.wraps }
func (t timed) Timeout() bool        { return t.timeout }
func (t timed) Temporary() bool      { return t.temporary }
