package peer

import (
	"fmt"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"socketkata/harness/results"
	"socketkata/harness/traceback"
)

// A spin is a goroutine of the subject that called again and again what had
// failed for good, until the bench ended it.
type spin struct {
	verb  string
	calls int
	place string
}

// sawSpin is called in the goroutine that spins.
func (b *Bench) sawSpin(verb string, calls int) {
	s := &spin{verb: verb, calls: calls, place: verb + " is called in a busy loop"}
	if at := b.caller(); at != "" {
		s.place += " at " + at
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.spin == nil {
		b.spin = s
	}
	b.cond.Broadcast()
}

// caller returns the innermost line of the subject's code that the calling
// goroutine is in, as "echo.go:21", or "".
func (b *Bench) caller() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, b.pkg+".") {
			return fmt.Sprintf("%s:%d", path.Base(f.File), f.Line)
		}
		if !more {
			return ""
		}
	}
}

// endWithSpinner ends the process if the goroutine that the script failed for
// runs on, though its peers, its context and its listeners are gone. Nothing
// can stop it, and it would take the processor from every script to come.
func (b *Bench) endWithSpinner() {
	if b.spinner == 0 || b.out != nil || b.arena == Virtual { // the guard watches virtual time
		return
	}
	for range 10 {
		time.Sleep(10 * time.Millisecond)
		all := traceback.Goroutines()
		i := slices.IndexFunc(all, func(g traceback.Goroutine) bool { return g.ID == b.spinner })
		if i < 0 || !all[i].Runs() && all[i].State != "syscall" {
			return
		}
	}
	if results.Inherited() == nil {
		if !testing.Verbose() { // what the test printed would be lost
			fmt.Fprintln(os.Stdout, text(*b.record.kept.Failure))
		}
		fmt.Fprintln(os.Stdout, "the tests end here: nothing can stop that goroutine")
	}
	os.Exit(1)
}
