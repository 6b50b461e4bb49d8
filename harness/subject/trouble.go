package subject

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"socketkata/harness/failure"
	"socketkata/harness/traceback"
)

// stubSays is in every error that a stub returns, and in no other.
const stubSays = "not written yet"

// Hopeless reports whether no script can go on with the subject: it has
// panicked, is busy-looping, is the stub, or its process has ended. The lock is
// held.
func (s *Subject) Hopeless() bool {
	return s.gone() || s.loop != nil || s.broken() != nil || s.notWritten() != ""
}

// Explain puts the root of the trouble into a failure, in place of what a step
// missed: that follows from it. It reports whether there is one. The lock is
// held.
func (s *Subject) Explain(f *failure.Failure) bool {
	said := s.notWritten()
	if said == "" && strings.Contains(f.Got, stubSays) {
		said = f.Got
	}
	c := s.broken()
	switch {
	case s.gone():
		s.died(f)
	case said != "":
		f.Symptom, f.Stub = failure.NotWritten, said
	case c != nil && c.panics != nil:
		c.explain(f, s.pkg)
	case s.loop != nil:
		f.Symptom = failure.Spin
		f.Got = fmt.Sprintf("%s was called %d times in a row, each time in vain", s.loop.verb, s.loop.calls)
		f.Code = []string{s.loop.place}
	default:
		return false
	}
	return true
}

// Panics reports whether a goroutine of the subject is on its way out with a
// panic: what it has deferred runs, and may close conns. The lock is held.
func (s *Subject) Panics() bool {
	return s.broken() == nil && slices.ContainsFunc(s.Goroutines(), func(g traceback.Goroutine) bool {
		return slices.ContainsFunc(g.Frames, func(f traceback.Frame) bool { return f.Func == "panic" })
	})
}

// broken returns a call that ended without returning, if any.
func (s *Subject) broken() *Call {
	for _, c := range s.calls {
		if c.panics != nil || c.gone {
			return c
		}
	}
	return nil
}

// notWritten returns what the stub says, if the subject is one.
func (s *Subject) notWritten() string {
	for _, c := range s.calls {
		if c.done && c.err != nil && strings.Contains(c.err.Error(), stubSays) {
			return c.err.Error()
		}
	}
	return ""
}

// explain tells of the call's panic. Package testing makes one of os.Exit(0).
func (c *Call) explain(f *failure.Failure, pkg string) {
	f.Symptom, f.Got = failure.Panic, fmt.Sprintf("panic: %v", c.panics.value)
	did := "panicked"
	if strings.HasPrefix(fmt.Sprint(c.panics.value), "unexpected call to os.Exit(0)") {
		f.Symptom, f.Got, did = failure.Exit, "os.Exit(0), which ends the whole program and all its conns", "called os.Exit"
	}
	f.Code = []string{c.Name + " " + did}
	for _, frame := range traceback.Frames(c.panics.stack) {
		if frame.In(pkg) {
			f.Code[0] += " at " + frame.Place()
			return
		}
	}
}

// gone reports whether the subject's process has ended.
func (s *Subject) gone() bool {
	if s.program == nil {
		return false
	}
	select {
	case <-s.program.Gone():
		return true
	default:
		return false
	}
}

// died tells how the subject's process ended, once all that it has printed is here.
func (s *Subject) died(f *failure.Failure) {
	died := s.program.Died()
	_, crash, _ := traceback.FindCrash(s.program.Output())
	if strings.HasPrefix(crash.Message, "panic: ") {
		f.Symptom, f.Got, f.Code = failure.Panic, crash.Message, []string{"your code panicked"}
		if at, ok := crash.Innermost(s.pkg); ok {
			f.Code[0] += " at " + at.Place()
		}
		return
	}
	f.Symptom, f.Code = failure.Exit, nil
	f.Got = "the process of your code ended: " + cmp.Or(crash.Message, died)
}

// A busyLoop is a goroutine of the subject that called again and again what had
// gave nothing and did not wait.
type busyLoop struct {
	verb  string
	calls int
	place string
}

// SawBusyLoop notes that the calling goroutine keeps calling a verb that returns
// at once without a result: after a permanent error, or with an empty buffer.
// The lock is not held.
func (s *Subject) SawBusyLoop(verb string, calls int) {
	l := &busyLoop{verb: verb, calls: calls, place: verb + " is called in a busy loop"}
	if at := s.caller(); at != "" {
		l.place += " at " + at
	}
	s.changed.L.Lock()
	defer s.changed.L.Unlock()
	if s.loop == nil {
		s.loop = l
	}
	s.changed.Broadcast()
}

// BusyLoops reports whether [Subject.SawBusyLoop] was called. The lock is held.
func (s *Subject) BusyLoops() bool { return s.loop != nil }

// caller returns the innermost line of the subject's code that the calling
// goroutine is in, as "echo.go:21", or "".
func (s *Subject) caller() string {
	for _, f := range traceback.Callers() {
		if f.In(s.pkg) {
			return f.Place()
		}
	}
	return ""
}
