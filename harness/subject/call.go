package subject

import (
	"fmt"
	"path"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"

	"socketkata/harness/traceback"
)

// A Call is one call of the subject, in a goroutine of its own. Its methods need
// the lock of the script.
type Call struct {
	Name string // as the learner knows it: "Serve"

	value     string // what it returns if that is no error: "a channel"
	number    int    // among the calls of that name, from 1
	goroutine uint64 // that runs it
	done      bool
	err       error
	panics    *panicked // nil unless it panicked
	gone      bool      // it ended without returning: runtime.Goexit
}

type panicked struct {
	value any
	stack string
}

// Call calls f in a goroutine of its own. A panic in it ends only this call. The
// lock is not held.
func (s *Subject) Call(name string, f func() error) *Call { return s.CallFor(name, &struct{}{}, f) }

// CallFor is [Subject.Call] for a function that stores what it returns at value.
// One that returns a channel is taken to return no error.
func (s *Subject) CallFor(name string, value any, f func() error) *Call {
	c := &Call{Name: name}
	if reflect.TypeOf(value).Elem().Kind() == reflect.Chan {
		c.value = "a channel"
	}
	s.changed.L.Lock()
	s.calls = append(s.calls, c)
	for _, other := range s.calls {
		if other.Name == name {
			c.number++
		}
	}
	s.changed.L.Unlock()
	go s.run(c, f)
	return c
}

// run runs f and notes how it ended.
func (s *Subject) run(c *Call, f func() error) {
	returned := false
	var err error
	s.changed.L.Lock()
	c.goroutine = traceback.Current()
	s.changed.L.Unlock()
	defer func() {
		var p *panicked
		if value := recover(); value != nil {
			p = &panicked{value: value, stack: string(debug.Stack())}
		}
		s.changed.L.Lock()
		defer s.changed.L.Unlock()
		c.done, c.err, c.panics, c.gone = true, err, p, !returned && p == nil
		s.changed.Broadcast()
	}()
	err = f()
	returned = true
}

// Calls returns all calls so far. The lock is held.
func (s *Subject) Calls() []*Call { return s.calls }

// Ended reports whether the call has ended, in whatever way.
func (c *Call) Ended() bool { return c.done }

// Returned reports whether the call has returned.
func (c *Call) Returned() bool { return c.done && !c.gone && c.panics == nil }

// Sentence says what became of the call, and which it is of several with its
// name: "RoundTrip returned nil (call 2)".
func (c *Call) Sentence() string {
	if c.number > 1 {
		return fmt.Sprintf("%s (call %d)", c.outcome(), c.number)
	}
	return c.outcome()
}

func (c *Call) outcome() string {
	switch {
	case !c.done:
		return c.Name + " has not returned"
	case c.panics != nil:
		return fmt.Sprintf("%s panicked: %v", c.Name, c.panics.value)
	case c.gone:
		return c.Name + " ended its goroutine without returning"
	}
	if c.value != "" && c.err == nil {
		return c.Name + " returned " + c.value
	}
	return Returned(c.Name, c.err)
}

// Returned says what a call returned. Without a name it gives the value alone.
func Returned(name string, err error) string {
	switch {
	case name == "" && err == nil:
		return "no error"
	case name == "":
		return fmt.Sprintf("the error %q", err)
	case err == nil:
		return name + " returned nil"
	}
	if p, ok := err.(Recovered); ok {
		return name + " " + p.Error()
	}
	return fmt.Sprintf("%s returned the error %q", name, err)
}

// Recovered is the error of a call that panicked with this value, if the test
// expected that and recovered it.
type Recovered struct{ Value any }

func (r Recovered) Error() string { return fmt.Sprintf("panicked: %v", r.Value) }

// CallsOpen reports whether a call has not ended. The lock is held.
func (s *Subject) CallsOpen() bool {
	if s.IsAddress() {
		return true // a server somewhere else does not return
	}
	for _, c := range s.calls {
		if !c.done {
			return true
		}
	}
	return false
}

// Unnamed stands for a goroutine that the subject started itself.
const Unnamed = "a goroutine"

// NameOf names a goroutine after the call that it runs, or returns [Unnamed].
// The lock is held.
func (s *Subject) NameOf(goroutine uint64) string {
	if name := s.remoteCalls[goroutine]; name != "" {
		return name
	}
	for _, c := range s.calls {
		if c.goroutine == goroutine {
			return c.Name
		}
	}
	return Unnamed
}

// FuncName returns the name of a function value as a learner would call it:
// "Serve" for echo.Serve, "Server.Serve" for a method of a server. A function
// literal of the test has no name and is called "it".
func FuncName(f any) string {
	full := runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name()
	_, name, _ := strings.Cut(path.Base(full), ".")
	if !strings.HasSuffix(name, "-fm") && (strings.Contains(name, ".func") || strings.HasPrefix(name, "Test")) {
		return "it"
	}
	return strings.NewReplacer("(*", "", ")", "", "-fm", "").Replace(name)
}
