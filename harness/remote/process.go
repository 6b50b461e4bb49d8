package remote

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"socketkata/harness/leak"
)

// A Process is a subject in a process of its own.
type Process struct {
	*End
	cmd    *exec.Cmd
	output capped
	exited chan struct{}
	state  error // of Wait
}

// current is the process that the functions of the generated package call. The
// package has the API of the subject and no place to hold a process; tests of
// one package run one after the other.
var current atomic.Pointer[Process]

// Start starts the program and makes it the one that [Call] calls. The caller
// ends it with [Process.Kill].
func Start(program string) (*Process, error) {
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, fmt.Errorf("start the subject: %w", err)
	}
	defer theirs.Close()
	p := &Process{cmd: exec.Command(program), exited: make(chan struct{})}
	p.cmd.ExtraFiles = []*os.File{theirs}
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	p.cmd.WaitDelay = time.Second // a grandchild may hold the output
	if err := p.cmd.Start(); err != nil {
		ours.Close()
		return nil, fmt.Errorf("start the subject: %w", err)
	}
	p.End = newEnd(ours, nil, map[string]error{})
	p.isTest = true
	go p.End.loop()
	go func() {
		p.state = p.cmd.Wait()
		close(p.exited)
	}()
	current.Store(p)
	return p, nil
}

// Kill ends the process, if it still runs, and waits until it is gone.
func (p *Process) Kill() {
	p.cmd.Process.Kill()
	<-p.exited
	p.conn.Close()
	<-p.over
}

// Gone is closed when the process has ended or hung up.
func (p *Process) Gone() <-chan struct{} { return p.over }

// Died waits until the process has ended, which it must be about to, and says
// how: "exit status 2".
func (p *Process) Died() string {
	select {
	case <-p.exited:
	case <-time.After(2 * time.Second):
		return "it closed its control channel"
	}
	if p.state == nil {
		return "exit status 0"
	}
	return p.state.Error()
}

// Output returns what the process printed, at most the last 64 KiB.
func (p *Process) Output() string { return p.output.String() }

// Goroutines returns a snapshot of the process's goroutines, and the names of
// the calls that run in them by ID. Both are what the process says of itself.
func (p *Process) Goroutines() ([]leak.Goroutine, map[uint64]string) {
	var dump []byte
	var calls []running
	p.ask(0, nameStacks, nil, []any{&dump, &calls})
	names := map[uint64]string{}
	for _, c := range calls {
		names[c.Goroutine] = c.Name
	}
	return leak.Parse(dump), names
}

// Descriptors lists what the process has open; nil where that is not known.
func (p *Process) Descriptors() leak.DescriptorSet {
	var list []open
	var known bool
	p.ask(0, nameDescriptors, nil, []any{&list, &known})
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
func (p *Process) CollectGarbage() { p.ask(0, nameCollect, nil, nil) }

// CPUTime returns how much processor time the process says it has used.
func (p *Process) CPUTime() (used time.Duration) {
	var known bool
	p.ask(0, nameCPU, nil, []any{&used, &known})
	return used
}

// Call calls a function of the subject in the process that was started last.
// The arguments and results are pointers to variables of their types. It is
// for the generated package, whose exported errors are in shared.
func Call(shared map[string]error, name string, args, results []any) {
	p := current.Load()
	if p == nil {
		panic("remote: no process was started")
	}
	p.mu.Lock()
	if len(p.errors) == 0 {
		p.errors = shared
	}
	p.mu.Unlock()
	p.ask(0, name, args, results)
}

// FD marks an argument as a descriptor.
func FD(fd *int) any { return (*descriptor)(fd) }

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
