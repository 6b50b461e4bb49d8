package remote

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"socketkata/harness/descriptor"
	"socketkata/harness/leak"
	"socketkata/harness/spawn"
	"socketkata/harness/traceback"
)

// Supported tells whether code can run in a process of its own here.
const Supported = descriptor.Sendable

// A Subject is a candidate that runs in a process of its own.
type Subject struct {
	*End
	cmd    *exec.Cmd
	output capped
	exited chan struct{}
	state  error // of Wait
}

// current is the subject that the functions of the generated package call. The
// package has the candidate's API, which has no place to keep it; tests of one
// package run one after the other.
var current atomic.Pointer[Subject]

// Start starts the program and makes it the one that [Call] calls. The caller
// ends it with [Subject.Kill].
func Start(program string) (*Subject, error) {
	ours, theirs, err := descriptor.Pair()
	if err != nil {
		return nil, fmt.Errorf("start the subject: %w", err)
	}
	defer theirs.Close()
	s := &Subject{cmd: spawn.Boxed(program), exited: make(chan struct{})}
	s.cmd.Env = withoutOurs(os.Environ())
	s.cmd.ExtraFiles = []*os.File{theirs}
	s.cmd.Stdout, s.cmd.Stderr = &s.output, &s.output
	s.cmd.WaitDelay = time.Second // a grandchild may keep the output open
	if err := s.cmd.Start(); err != nil {
		ours.Close()
		return nil, fmt.Errorf("start the subject: %w", err)
	}
	s.End = newEnd(ours, nil, map[string]error{})
	s.isTest = true
	go s.End.loop()
	go func() {
		s.state = s.cmd.Wait()
		close(s.exited)
	}()
	current.Store(s)
	return s, nil
}

// withoutOurs leaves out the variables by which judge and bench talk to each
// other: the candidate must not learn where the verdict goes.
func withoutOurs(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(v string) bool { return strings.HasPrefix(v, "KATA_") })
}

// Kill ends the process, if it still runs, and waits until it is gone.
func (s *Subject) Kill() {
	s.cmd.Process.Kill()
	<-s.exited
	s.conn.Close()
	<-s.over
}

// PID returns the ID of the process, for /proc.
func (s *Subject) PID() int { return s.cmd.Process.Pid }

// Gone is closed when the process has ended or has closed its control channel.
func (s *Subject) Gone() <-chan struct{} { return s.over }

// Died waits until the process has ended, which it must be about to do, and
// says how: "exit status 2".
func (s *Subject) Died() string {
	select {
	case <-s.exited:
	case <-time.After(2 * time.Second):
		return "it closed its control channel"
	}
	if s.state == nil {
		return "exit status 0"
	}
	return s.state.Error()
}

// Output returns what the process printed, at most the last 64 KiB.
func (s *Subject) Output() string { return s.output.String() }

// BytesRead returns how many bytes the process has read from afar, of conns and
// readers that stay here.
func (s *Subject) BytesRead() int64 { return s.read.Load() }

// Calls returns how many calls the process has made to this one.
func (s *Subject) Calls() int64 { return s.begun.Load() }

// Goroutines returns a snapshot of the process's goroutines, and the names of
// the calls that run in them by ID. Both are what the process says of itself.
func (s *Subject) Goroutines() ([]traceback.Goroutine, map[uint64]string) {
	var dump []byte
	var calls []running
	s.ask(0, nameStacks, nil, []any{&dump, &calls})
	names := map[uint64]string{}
	for _, c := range calls {
		names[c.Goroutine] = c.Name
	}
	return traceback.Parse(string(dump)), names
}

// Descriptors lists what the process has open; nil where that is not known.
func (s *Subject) Descriptors() leak.DescriptorSet {
	var list []open
	var known bool
	s.ask(0, nameDescriptors, nil, []any{&list, &known})
	if !known {
		return nil
	}
	set := leak.DescriptorSet{}
	for _, o := range list {
		set[o.FD] = o.What
	}
	return set
}

// CollectGarbage runs the process's garbage collector.
func (s *Subject) CollectGarbage() { s.ask(0, nameCollect, nil, nil) }

// CPUTime returns how much processor time the process says it has used.
func (s *Subject) CPUTime() (used time.Duration) {
	var known bool
	s.ask(0, nameCPU, nil, []any{&used, &known})
	return used
}

// CloseOnExec reports whether a descriptor that a call returned was
// close-on-exec in the process that gave it. known is false of any other.
func (s *Subject) CloseOnExec(fd int) (set, known bool) {
	g, known := s.Given(fd)
	return g.CloseOnExec, known
}

// Call calls a function of the subject that was started last. The arguments and
// results are pointers to variables of their types. It is for the generated
// package, whose exported errors are in shared. It panics with one sentence if
// a value cannot cross.
func Call(shared map[string]error, name string, args, results []any) {
	s := current.Load()
	if s == nil {
		panic("remote: no process was started")
	}
	s.mu.Lock()
	if len(s.errors) == 0 {
		s.errors = shared
	}
	s.mu.Unlock()
	s.ask(0, name, args, results)
}

// FD marks an argument or a result as a descriptor.
func FD(fd *int) any { return (*fdNumber)(fd) }

// FDs marks an argument or a result as a list of descriptors.
func FDs(fds *[]int) any { return (*fdNumbers)(fds) }

// export adds a function to those the other end may call.
func (e *End) export(name string, f any) { e.exports[name] = reflect.ValueOf(f) }

// A capped buffer keeps the end of what is written to it.
type capped struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

const keptOutput = 64 << 10

func (c *capped) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buf.Write(p)
	if over := c.buf.Len() - keptOutput; over > 0 {
		c.buf.Next(over)
	}
	return len(p), nil
}

func (c *capped) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.ToValidUTF8(c.buf.String(), "�")
}
