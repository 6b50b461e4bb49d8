package remote

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"runtime/debug"

	"socketkata/harness/descriptor"
	"socketkata/harness/leak"
	"socketkata/harness/traceback"
)

// control is the descriptor of the Unix socket that a subject's process
// inherits.
const control = 3

// Main is the main function of the subject's process: it serves the functions
// until the other end closes the connection. shared holds the package's
// exported errors.
func Main(exports map[string]any, shared map[string]error) {
	s, err := descriptor.New("*net.UnixConn", control, "")
	if err != nil {
		fmt.Fprintln(os.Stderr, "this program is started by a test: descriptor 3 is no socket:", err)
		os.Exit(2)
	}
	// An unreachable conn is closed by the garbage collector, which would
	// hide that the subject forgot it.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(1 << 30)
	e := newEnd(s.(*net.UnixConn), exports, shared)
	e.export(nameStacks, e.stacks)
	e.export(nameDescriptors, openDescriptors)
	e.export(nameCollect, runtime.GC)
	e.export(nameCPU, leak.CPUTime)
	e.loop()
	os.Exit(0) // even if calls still run
}

// Functions of this package that the test calls. No exported function of a
// subject has a name like these.
const (
	nameStacks      = ".stacks"
	nameDescriptors = ".descriptors"
	nameCollect     = ".collect"
	nameCPU         = ".cpu"
)

// stacks returns the stacks of all goroutines, and which of them run calls of
// the other end.
func (e *End) stacks() (dump []byte, calls []running) {
	dump = traceback.Dump(nil)
	e.mu.Lock()
	defer e.mu.Unlock()
	for goroutine, name := range e.running {
		calls = append(calls, running{Goroutine: goroutine, Name: name})
	}
	return dump, calls
}

// A running call.
type running struct {
	Goroutine uint64
	Name      string
}

// An open descriptor and what it is.
type open struct{ FD, What string }

func openDescriptors() (list []open, known bool) {
	set, err := leak.Descriptors()
	for fd, what := range set {
		list = append(list, open{fd, what})
	}
	return list, err == nil
}
