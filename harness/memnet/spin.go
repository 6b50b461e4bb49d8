package memnet

import "runtime"

// A spin counts calls in a row that gave nothing and did not wait either. The
// lock of its owner guards it.
type spin struct {
	limit int
	f     func(calls int, err error)
	calls int
}

func (s *spin) on(limit int, f func(calls int, err error)) { *s = spin{limit: limit, f: f} }

// note counts one call, which returned err, and returns how to end the goroutine
// that made it, or nil as long as the limit is not reached. The caller runs it
// unlocked.
func (s *spin) note(empty bool, err error) (end func()) {
	if !empty {
		s.calls = 0
		return nil
	}
	s.calls++
	if s.limit <= 0 || s.calls < s.limit {
		return nil
	}
	f, calls := s.f, s.calls
	s.f = nil // reported once; a goroutine that goes on is stopped without another report
	return func() {
		if f != nil {
			f(calls, err)
		}
		runtime.Goexit()
	}
}
