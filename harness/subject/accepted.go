package subject

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"time"
)

// An accepted conn is one that the subject has to close.
type accepted struct {
	net.Conn
	place string // where the subject called Accept; "" if it was the test
}

// Accepted notes a conn that the calling goroutine has accepted. The lock is not
// held.
func (s *Subject) Accepted(c net.Conn) {
	place := s.caller()
	s.changed.L.Lock()
	defer s.changed.L.Unlock()
	s.accepted = append(s.accepted, accepted{c, place})
	s.changed.Broadcast()
}

// RanOut notes that an Accept failed for want of a descriptor. The lock is not held.
func (s *Subject) RanOut() {
	s.changed.L.Lock()
	defer s.changed.L.Unlock()
	s.ranOut = true
}

// HasRunOut reports whether [Subject.RanOut] was called. The lock is held.
func (s *Subject) HasRunOut() bool { return s.ranOut }

// AcceptedFrom finds the subject's end of a conn that was dialed from the
// address. It is nil if the subject has not accepted that. The lock is not held.
func (s *Subject) AcceptedFrom(addr string) net.Conn {
	s.changed.L.Lock()
	defer s.changed.L.Unlock()
	for _, c := range s.accepted {
		if c.RemoteAddr().String() == addr {
			return c.Conn
		}
	}
	return nil
}

// ConnsLeft says which accepted conns are not closed; "" if all are. The lock is
// not held.
func (s *Subject) ConnsLeft() string {
	s.changed.L.Lock()
	defer s.changed.L.Unlock()
	left := slices.DeleteFunc(slices.Clone(s.accepted), func(c accepted) bool {
		return errors.Is(c.SetDeadline(time.Time{}), net.ErrClosed)
	})
	if len(left) == 0 {
		return ""
	}
	got := fmt.Sprintf("never closed: %d of %d accepted conns", len(left), len(s.accepted))
	if place := left[0].place; place != "" {
		got += "; no Close follows Accept at " + place
	}
	return got
}
