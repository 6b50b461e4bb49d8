package subject_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/failure"
	"socketkata/harness/leak"
	"socketkata/harness/subject"
	"socketkata/harness/traceback"
)

const pkg = "socketkata/harness/subject_test" // this test is its own subject

func here() (*subject.Subject, *sync.Cond) {
	changed := sync.NewCond(&sync.Mutex{})
	return subject.Here(pkg, map[uint64]bool{traceback.Current(): true}, changed), changed
}

// ended waits until the call has ended, and returns holding the lock.
func ended(changed *sync.Cond, c *subject.Call) {
	changed.L.Lock()
	for !c.Ended() {
		changed.Wait()
	}
}

func TestCallsAreExplained(t *testing.T) {
	for name, test := range map[string]struct {
		f        func() error
		hopeless bool
		sentence string
		symptom  failure.Symptom
	}{
		"nil":   {func() error { return nil }, false, "Serve returned nil", ""},
		"error": {func() error { return os.ErrClosed }, false, `Serve returned the error "file already closed"`, ""},
		"stub":  {func() error { return errors.New("Serve is not written yet") }, true, `Serve returned the error "Serve is not written yet"`, failure.NotWritten},
		"panic": {func() error { panic("ouch") }, true, "Serve panicked: ouch", failure.Panic},
		"exit":  {func() error { panic("unexpected call to os.Exit(0) during test") }, true, "Serve panicked: unexpected call to os.Exit(0) during test", failure.Exit},
	} {
		t.Run(name, func(t *testing.T) {
			s, changed := here()
			c := s.Call("Serve", test.f)
			ended(changed, c)
			defer changed.L.Unlock()
			var f failure.Failure
			require.Equal(t, test.hopeless, s.Hopeless())
			require.Equal(t, test.hopeless, s.Explain(&f))
			require.Equal(t, test.sentence, c.Sentence())
			require.Equal(t, test.symptom, f.Symptom)
			require.False(t, s.CallsOpen())
			if test.symptom == failure.Panic {
				require.Regexp(t, `^Serve panicked at subject_test.go:\d+$`, f.Code[0])
			}
		})
	}
}

func TestCallsOfOneNameAreNumbered(t *testing.T) {
	s, changed := here()
	var calls []*subject.Call
	for _, name := range []string{"Read", "Write", "Read"} {
		c := s.Call(name, func() error { return nil })
		ended(changed, c)
		changed.L.Unlock()
		calls = append(calls, c)
	}
	require.Equal(t, "Read returned nil", calls[0].Sentence())
	require.Equal(t, "Write returned nil", calls[1].Sentence())
	require.Equal(t, "Read returned nil (call 2)", calls[2].Sentence())
}

func TestCallsWithoutAnErrorDoNotReturnNil(t *testing.T) {
	s, changed := here()
	c := s.CallFor("Merge", new(<-chan int), func() error { return nil })
	ended(changed, c)
	require.Equal(t, "Merge returned a channel", c.Sentence())
	changed.L.Unlock()
	require.Equal(t, "Gather panicked: dry", subject.Returned("Gather", subject.Recovered{Value: "dry"}))
}

func TestGoroutinesAreTheSubjectsOwn(t *testing.T) {
	s, changed := here()
	begun, stop := make(chan struct{}), make(chan struct{})
	c := s.Call("Serve", func() error { close(begun); <-stop; return nil })
	<-begun
	changed.L.Lock()
	require.Len(t, s.Goroutines(), 1)
	g := s.Goroutines()[0]
	require.Equal(t, "Serve", s.NameOf(g.ID))
	require.Equal(t, subject.Unnamed, s.NameOf(g.ID+1_000_000))
	require.Contains(t, s.GoroutinesLeft([]traceback.Goroutine{g}), "1 goroutine is left, started at ")
	require.Contains(t, s.GoroutinesLeft([]traceback.Goroutine{g, g}), "2 goroutines are left, all started at ")
	changed.L.Unlock()
	n, _ := s.Count(nil)
	require.Equal(t, 1, n)
	close(stop)
	ended(changed, c)
	changed.L.Unlock()
	for len(s.Goroutines()) > 0 { // it is on its way out
		time.Sleep(time.Millisecond)
	}
}

func TestBusyLoopIsTheRoot(t *testing.T) {
	s, changed := here()
	s.SawBusyLoop("Read", 50_000)
	changed.L.Lock()
	defer changed.L.Unlock()
	f := failure.Failure{Symptom: failure.Silence}
	require.True(t, s.BusyLoops())
	require.True(t, s.Explain(&f))
	require.Equal(t, failure.Spin, f.Symptom)
	require.Equal(t, "Read was called 50000 times in a row, each time in vain", f.Got)
}

func TestDescriptorsLeft(t *testing.T) {
	s, _ := here()
	before := s.Descriptors()
	if before == nil {
		t.Skip("this platform does not list descriptors")
	}
	require.Empty(t, s.DescriptorsLeft(before, ""))
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	require.NoError(t, err)
	require.Contains(t, s.DescriptorsLeft(before, ""), "descriptor ")
	require.Contains(t, s.DescriptorsLeft(before, os.DevNull), "descriptor ")
	require.Empty(t, s.DescriptorsLeft(before, f.Name()), "the harness has it open")
	require.NoError(t, f.Close())
	require.Empty(t, s.DescriptorsLeft(before, ""))
}

// A program is one of which everything is known beforehand.
type program struct {
	subject.Program
	gone   chan struct{}
	output string
}

func (p program) Gone() <-chan struct{}           { return p.gone }
func (p program) Output() string                  { return p.output }
func (p program) Died() string                    { return "exit status 3" }
func (p program) Kill()                           {}
func (p program) Descriptors() leak.DescriptorSet { return nil }

func TestDeathOfTheProcessIsTheRoot(t *testing.T) {
	t.Setenv("KATA_ARENA", "process")
	require.True(t, subject.Elsewhere())
	changed := sync.NewCond(&sync.Mutex{})
	_, err := subject.Away(pkg, nil, changed)
	require.ErrorContains(t, err, "unset it")
	p := program{gone: make(chan struct{}), output: "hello\n"}
	s, err := subject.Away(pkg, func(string) (subject.Program, error) { return p, nil }, changed)
	require.NoError(t, err)
	require.True(t, s.IsAway())
	require.False(t, s.IsAddress())
	require.False(t, s.Hopeless())
	changed.L.Lock()
	close(p.gone)
	changed.Wait() // the end is broadcast
	defer changed.L.Unlock()
	var f failure.Failure
	require.True(t, s.Explain(&f))
	require.Equal(t, failure.Exit, f.Symptom)
	require.Equal(t, "the process of your code ended: exit status 3", f.Got)
	require.Equal(t, "hello\n", s.End())
}

// A lateProgram has printed everything only when it has ended.
type lateProgram struct {
	program
	ended bool
}

func (p *lateProgram) Died() string { p.ended = true; return "exit status 2" }

func (p *lateProgram) Output() string {
	if !p.ended {
		return ""
	}
	return "panic: ouch\n\ngoroutine 1 [running]:\nmain.main()\n\t/main.go:1 +0x1\nexit status 2\n"
}

// TestPanicOfTheProcessIsReadWhole checks that a panic in the subject's process is
// seen even if its end is seen first.
func TestPanicOfTheProcessIsReadWhole(t *testing.T) {
	t.Setenv("KATA_ARENA", "process")
	changed := sync.NewCond(&sync.Mutex{})
	p := &lateProgram{program: program{gone: make(chan struct{})}}
	s, err := subject.Away(pkg, func(string) (subject.Program, error) { return p, nil }, changed)
	require.NoError(t, err)
	changed.L.Lock()
	defer changed.L.Unlock()
	close(p.gone)
	changed.Wait()
	var f failure.Failure
	require.True(t, s.Explain(&f))
	require.Equal(t, failure.Panic, f.Symptom)
	require.Equal(t, "panic: ouch", f.Got)
}

func TestAddressIsAllThatIsKnown(t *testing.T) {
	t.Setenv("KATA_ARENA", "address")
	t.Setenv("KATA_ADDRESS", "127.0.0.1:7")
	s, err := subject.Away(pkg, nil, sync.NewCond(&sync.Mutex{}))
	require.NoError(t, err)
	require.True(t, s.IsAddress())
	require.True(t, s.CallsOpen(), "a server somewhere else does not return")
	require.Empty(t, s.Goroutines())
	require.Nil(t, s.Descriptors())
	addr, err := s.Addr()
	require.NoError(t, err)
	require.Equal(t, 7, addr.Port)
}

// A busyProgram runs and calls as its test says.
type busyProgram struct {
	program
	second string // the state of its second goroutine; the first one looks
	calls  int64
	more   int64 // calls between two looks
}

func (p *busyProgram) Goroutines() ([]traceback.Goroutine, map[uint64]string) {
	return []traceback.Goroutine{{ID: 1, State: "running"}, {ID: 2, State: p.second}}, map[uint64]string{1: ".stacks"}
}

func (p *busyProgram) Calls() int64 {
	p.calls += p.more
	return p.calls
}

// TestProcessAtRest checks that a process does not rest whose call has yet to enter
// the subject's code, or that has called this one meanwhile.
func TestProcessAtRest(t *testing.T) {
	t.Setenv("KATA_ARENA", "process")
	p := &busyProgram{second: "select"}
	s, err := subject.Away(pkg, func(string) (subject.Program, error) { return p, nil }, sync.NewCond(&sync.Mutex{}))
	require.NoError(t, err)
	for !s.AtRest() { // as long as anything else runs here
		time.Sleep(time.Millisecond)
	}
	p.second = "runnable"
	require.False(t, s.AtRest())
	p.second, p.more = "select", 1
	require.False(t, s.AtRest())
	p.more = 0
	require.True(t, s.AtRest())
}
