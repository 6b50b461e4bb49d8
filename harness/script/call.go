package script

import (
	"socketkata/harness/failure"
	"socketkata/harness/subject"
)

// Result waits until the call has returned and gives its error.
func (s *Script) Result(reason string, c *subject.Call) error {
	s.t.Helper()
	s.Await(nil, reason, c.Returned, func() failure.Outcome {
		return failure.Outcome{Symptom: failure.NeverReturned, Got: c.Sentence(), Want: c.Name + " returns"}
	})
	s.changed.L.Lock()
	defer s.changed.L.Unlock()
	return s.subject.ErrOf(c)
}

// ExpectPending checks that the call has not returned yet. In virtual time all
// that can happen without time passing has happened before it looks.
func (s *Script) ExpectPending(reason string, c *subject.Call) {
	s.t.Helper()
	if s.virtual() {
		s.waiter.Settle()
	}
	s.changed.L.Lock()
	done, got := c.Ended(), c.Sentence()
	s.changed.L.Unlock()
	if done {
		s.Fail(nil, reason, failure.Outcome{Symptom: failure.ReturnedEarly, Got: got, Want: c.Name + " is still running"})
	}
}
