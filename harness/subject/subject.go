// Package subject knows the code under test: its calls, its goroutines, what it
// has open, and the root of its trouble.
//
// The code runs in this process, in a process of its own, or is a server at an
// address of which nothing else is known.
package subject

import (
	"errors"
	"fmt"
	"net"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"socketkata/harness/leak"
	"socketkata/harness/traceback"
)

// The environment of a judge whose candidate runs elsewhere: "process" or
// "address", and which.
const (
	kindVariable    = "KATA_ARENA"
	programVariable = "KATA_SUBJECT"
	addressVariable = "KATA_ADDRESS"
)

// Elsewhere reports whether a judge wants a candidate in a process of its own,
// or a server at an address.
func Elsewhere() bool { return os.Getenv(kindVariable) != "" }

// Outside reports whether a judge wants a server at an address.
func Outside() bool { return os.Getenv(addressVariable) != "" }

// A Program is the candidate's program in a process of its own, as package
// remote starts it.
type Program interface {
	Kill()                 // ends it and waits until it is gone
	Gone() <-chan struct{} // closed when it has ended
	Died() string          // how it ended
	Output() string        // what it printed
	// Goroutines returns the goroutines of the process and the names of the calls
	// that run in them; that of the bench's own begin with a dot.
	Goroutines() (all []traceback.Goroutine, calls map[uint64]string)
	Descriptors() leak.DescriptorSet // nil where they are not known
	CollectGarbage()
	CPUTime() time.Duration
	BytesRead() int64                     // from conns that stay in the test's process
	Calls() int64                         // that it has made to the test's process
	CloseOnExec(fd int) (set, known bool) // of a descriptor that it returned, as it was there
}

// A Subject is the code under test during one script. Its methods need the lock
// of the script where they say so.
type Subject struct {
	pkg     string
	before  map[uint64]bool // goroutines that are not the script's
	program Program         // nil unless it runs in a process of its own
	address string          // "" unless it is a server at an address
	changed *sync.Cond      // the script's: its lock guards what is below

	calls       []*Call
	asked       *Call             // whose error the script has asked for last
	accepted    []accepted        // conns from the bench's listeners
	remoteCalls map[uint64]string // names of calls in its process, by goroutine
	loop        *busyLoop
	ranOut      bool // of descriptors, in an Accept
}

// Here returns the subject that is linked into this process: the package with
// that import path. Goroutines that were there before the script do not count.
// Whatever changes is broadcast on the condition of the script.
func Here(pkg string, before map[uint64]bool, changed *sync.Cond) *Subject {
	return &Subject{pkg: pkg, before: before, changed: changed}
}

// Away returns the subject that the judge's environment names: a program that
// start starts, or a server at an address.
func Away(pkg string, start func(program string) (Program, error), changed *sync.Cond) (*Subject, error) {
	s := &Subject{pkg: pkg, changed: changed}
	if os.Getenv(kindVariable) == "address" {
		s.address = os.Getenv(addressVariable)
		return s, nil
	}
	if start == nil {
		return nil, fmt.Errorf("%s=process is for a judge, which puts the candidate into a program of its own; unset it", kindVariable)
	}
	p, err := start(os.Getenv(programVariable))
	if err != nil {
		return nil, err
	}
	s.program = p
	go func() {
		<-p.Gone()
		changed.L.Lock()
		changed.Broadcast()
		changed.L.Unlock()
	}()
	return s, nil
}

// End ends the subject's process, if it has one, and returns what it printed.
func (s *Subject) End() (printed string) {
	if s.program == nil {
		return ""
	}
	s.program.Kill()
	printed, _, _ = traceback.FindCrash(s.program.Output())
	return printed
}

// IsAway reports whether the subject is not in this process.
func (s *Subject) IsAway() bool { return s.program != nil || s.address != "" }

// IsAddress reports whether all that is known of the subject is an address.
func (s *Subject) IsAddress() bool { return s.address != "" }

// Addr returns the address of a server at an address.
func (s *Subject) Addr() (*net.TCPAddr, error) {
	if !s.IsAddress() {
		return nil, errors.New("the subject has no address")
	}
	return net.ResolveTCPAddr("tcp", s.address)
}

// Defines reports whether f is a plain function of the subject's package.
func (s *Subject) Defines(f any) bool {
	rest, ok := strings.CutPrefix(runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name(), s.pkg+".")
	return ok && !strings.Contains(rest, ".")
}

// Goroutines returns the goroutines of the subject that the script brought
// about. The lock is held.
func (s *Subject) Goroutines() []traceback.Goroutine {
	switch {
	case s.IsAddress():
		return nil
	case s.program != nil:
		all, names := s.program.Goroutines()
		s.remoteCalls = names
		return traceback.Of(all, s.pkg)
	}
	return Own(s.pkg, s.before)
}

// A State is what one goroutine is doing.
type State struct {
	Name    string // the runtime's word: "chan receive", "running"
	Durable bool   // only its own bubble can wake it: see testing/synctest
}

// States returns the states of the subject's goroutines in this process but the
// calling one.
func (s *Subject) States() []State {
	var states []State
	self := traceback.Current()
	for _, g := range Own(s.pkg, s.before) {
		if g.ID != self {
			states = append(states, State{g.State, g.Durable})
		}
	}
	return states
}

// Own returns the goroutines of a package in this process that were not there
// before.
func Own(pkg string, before map[uint64]bool) []traceback.Goroutine {
	return slices.DeleteFunc(traceback.Of(traceback.Goroutines(), pkg),
		func(g traceback.Goroutine) bool { return before[g.ID] })
}

// Count returns how many goroutines the subject has in this process. It uses
// buf for their stacks if they fit, and returns what it has used.
func (s *Subject) Count(buf []byte) (int, []byte) {
	buf = traceback.Dump(buf)
	return traceback.Count(buf, s.pkg, s.before), buf
}

// CPUTime returns how much processor time this process and the subject's have
// used.
func (s *Subject) CPUTime() (used time.Duration, known bool) {
	used, known = leak.CPUTime()
	if s.program != nil {
		used += s.program.CPUTime()
	}
	return used, known
}

// StartedCPUTime returns how much processor time the processes have used that
// the script has started. It opens files, so a wait asks for it only at its end.
func (s *Subject) StartedCPUTime() time.Duration {
	if s.program != nil {
		return 0 // CPUTime knows
	}
	return leak.DescendantsCPUTime()
}

// BytesRead returns how many bytes a subject in a process of its own has read from
// conns that stay in the test's process. Each Read costs a call across processes,
// so that reading alone may take long.
func (s *Subject) BytesRead() int64 {
	if s.program == nil {
		return 0
	}
	return s.program.BytesRead()
}

// Descriptors lists what the subject's process has open; nil where that is not
// known.
func (s *Subject) Descriptors() leak.DescriptorSet {
	switch {
	case s.IsAddress():
		return nil
	case s.program != nil:
		return s.program.Descriptors()
	}
	set, _ := leak.Descriptors()
	return set
}

// collectGarbage runs the garbage collector in the subject's process.
func (s *Subject) collectGarbage() {
	switch {
	case s.program != nil:
		s.program.CollectGarbage()
	case !s.IsAway():
		runtime.GC()
	}
}

// CloseOnExec reports whether a descriptor that the subject returned was
// close-on-exec in its own process. known is false if it has none.
func (s *Subject) CloseOnExec(fd int) (set, known bool) {
	if s.program == nil {
		return false, false
	}
	return s.program.CloseOnExec(fd)
}

// Raced reports whether the race detector has reported a race in the subject's
// own process.
func (s *Subject) Raced() bool {
	return s.program != nil && strings.Contains(s.program.Output(), "WARNING: DATA RACE")
}

// Where says where a goroutine is, as seen from the subject's code: "blocked in
// Read at echo.go:21".
func (s *Subject) Where(g traceback.Goroutine) string { return g.Where(s.pkg) }
