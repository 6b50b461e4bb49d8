package subject

import "reflect"

// ErrOf returns the error that a call has returned, for the script to check. The
// lock is held.
func (s *Subject) ErrOf(c *Call) error {
	s.asked = c
	return c.err
}

// CallThatReturned names the call whose error the script checks, or returns "".
// An error is recognized by its identity. Every nil is the same, so a nil is
// taken for that of the last result only until the next check. The lock is not
// held.
func (s *Subject) CallThatReturned(err error) string {
	s.changed.L.Lock()
	defer s.changed.L.Unlock()
	c := s.asked
	switch {
	case c == nil || !same(c.err, err):
		s.asked = nil
		return ""
	case err == nil:
		s.asked = nil
	}
	return c.Name
}

func same(a, b error) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return reflect.TypeOf(a).Comparable() && reflect.TypeOf(b).Comparable() && a == b
}
