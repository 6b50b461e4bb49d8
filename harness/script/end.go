package script

import (
	"os"

	"socketkata/harness/failure"
	"socketkata/harness/leak"
	"socketkata/harness/subject"
	"socketkata/harness/tell"
	"socketkata/harness/traceback"
)

// ExpectNothingLeft checks that the subject released everything once its peers
// are closed, its context is canceled and its listeners are closed. Before it
// counts descriptors it calls closeLent, which closes what the subject got and
// need not close.
func (s *Script) ExpectNothingLeft(closeLent func()) {
	s.t.Helper()
	for _, c := range s.subject.Calls() {
		s.Result(c.Name+" returns once its peers have closed and its listener is closed", c)
	}
	s.expectNoGoroutines()
	s.expectNoBusyLoop()
	s.expectNoRace()
	s.expectClosed()
	closeLent()
	s.expectNoDescriptors("every descriptor that your code did not return is closed", s.fds)
}

// expectNoGoroutines waits until no goroutine of the subject is left.
func (s *Script) expectNoGoroutines() {
	s.t.Helper()
	var left []traceback.Goroutine
	s.Poll(nil, "every goroutine has ended when the call returns", func() bool {
		s.changed.L.Lock()
		defer s.changed.L.Unlock()
		left = s.subject.Goroutines()
		return len(left) == 0
	}, func() failure.Outcome {
		return failure.Outcome{Symptom: failure.Leak, Got: s.subject.GoroutinesLeft(left),
			Want: "no goroutine is left: every peer and listener is closed, and ctx is done"}
	})
}

// expectNoBusyLoop catches a goroutine that was busy-looping, and that the bench
// ended, while no step looked.
func (s *Script) expectNoBusyLoop() {
	s.t.Helper()
	s.changed.L.Lock()
	loops := s.subject.BusyLoops()
	s.changed.L.Unlock()
	if loops {
		s.Fail(nil, "a loop waits, or ends with the first permanent error", failure.Outcome{Symptom: failure.Spin, Want: "no loop of calls that return at once without a result"})
	}
}

// expectNoRace reads what the race detector has printed in the subject's
// process.
func (s *Script) expectNoRace() {
	s.t.Helper()
	if s.subject.IsAway() && !s.subject.IsAddress() { // a goroutine still copies what the process has printed
		s.waiter.PollFor(s.waiter.Limit()/5, s.subject.AtRest)
	}
	if s.subject.Raced() {
		s.Fail(nil, "no two goroutines access the same memory without synchronization", failure.Outcome{
			Symptom: failure.Race, Got: "the race detector reported a data race", Want: "none",
		})
	}
}

// expectClosed waits until every conn that the subject accepted is closed.
func (s *Script) expectClosed() {
	s.t.Helper()
	s.expectNone("every conn your code accepted is closed", s.subject.ConnsLeft, "every accepted conn is closed")
}

// expectNoDescriptors waits until no descriptor is left that was not open
// before. It is skipped on platforms that do not list them.
func (s *Script) expectNoDescriptors(reason string, before leak.DescriptorSet) {
	s.t.Helper()
	if before != nil {
		left := func() string { return s.subject.DescriptorsLeft(before, tell.RaceLog()) }
		s.expectNone(reason, left, "no descriptor is left open")
	}
}

// CountDescriptors returns a step that checks that no descriptor is open that is not
// open now. A subject in a process of its own, which keeps those that it was given, is
// checked only at the end of the script.
func (s *Script) CountDescriptors() (step func(reason string)) {
	before := s.subject.Descriptors()
	return func(reason string) {
		s.t.Helper()
		if !s.subject.IsAway() {
			s.expectNoDescriptors(reason, before)
		}
	}
}

// expectNone waits until left, which describes what is left, returns "".
func (s *Script) expectNone(reason string, left func() string, want string) {
	s.t.Helper()
	var got string
	s.Poll(nil, reason, func() bool { got = left(); return got == "" },
		func() failure.Outcome { return failure.Outcome{Symptom: failure.Leak, Got: got, Want: want} })
}

// letItEnd gives the subject a moment to end after a failed script. Otherwise it
// may close descriptors or change memory that the next script uses.
func (s *Script) letItEnd() {
	s.waiter.PollFor(s.waiter.Limit()/5, func() bool {
		s.changed.L.Lock()
		defer s.changed.L.Unlock()
		return !s.subject.CallsOpen() && len(s.subject.Goroutines()) == 0
	})
}

// EndWithSpinner lets the subject end after a failed script, and ends the
// process if the goroutine that the script failed for goes on, though its peers,
// its context and its listeners are gone. Nothing can stop it, and it would take
// the processor from every script to come.
func (s *Script) EndWithSpinner() {
	if s.failed == nil || s.subject.IsAway() || s.virtual() { // the guard watches virtual time
		return
	}
	s.letItEnd()
	if s.spinner != 0 && subject.Runs(s.spinner) {
		tell.Unstoppable(*s.failed)
		os.Exit(1)
	}
}
