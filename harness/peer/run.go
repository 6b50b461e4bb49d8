package peer

import (
	"fmt"
	"path"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"

	"socketkata/harness/failure"
	"socketkata/harness/traceback"
)

// An Arena is the network a script runs on.
type Arena string

const (
	// Memory is a buffered in-memory network. The bench sees when the subject
	// has taken a byte, so that pieces are proven to arrive apart.
	Memory Arena = failure.Memory
	// Virtual is Memory with a clock that jumps to the next timer as soon as
	// every goroutine of the script waits (see testing/synctest): a timeout
	// of 30 seconds takes no time and fires at exactly 30 seconds.
	Virtual Arena = failure.Virtual
	// Loopback is real TCP sockets on 127.0.0.1.
	Loopback Arena = failure.Loopback
)

// Run plays the script in each of the arenas, by default in [Memory] and then
// over [Loopback]. The requirement is "R3: " and the sentence of the exercise's
// contract; it heads whatever goes wrong.
func Run(t *testing.T, requirement string, script func(b *Bench), arenas ...Arena) {
	t.Helper()
	id, sentence, ok := strings.Cut(requirement, ": ")
	if !ok {
		t.Fatalf("the requirement %q is not of the form \"R3: sentence\"", requirement)
	}
	beginTest(t, id)
	if len(arenas) == 0 {
		arenas = []Arena{Memory, Loopback}
	}
	subject := subjectOf(callerOutside())
	arenas, unplayable := chosen(arenas)
	for _, arena := range arenas {
		t.Run(string(arena), func(t *testing.T) {
			done := false
			defer tellEnd(t, &done)
			tellBegin(t)
			if unplayable != "" {
				skip(t, unplayable)
			}
			play(t, arena, failure.Failure{
				Requirement: id, Sentence: sentence, Arena: string(arena), File: subject.file,
			}, subject.pkg, script)
			done = true
		})
	}
}

// play runs the script in one arena.
func play(t *testing.T, arena Arena, head failure.Failure, pkg string, script func(b *Bench)) {
	t.Helper()
	before := goroutines()
	defer startGuard(t, head, pkg, before)()
	if arena != Virtual {
		// An unreachable conn is closed by the garbage collector, which would
		// hide that the subject forgot it.
		defer debug.SetGCPercent(debug.SetGCPercent(-1))
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 30))
		newBench(t, arena, head, pkg, before).play(script)
		return
	}
	// A goroutine that is still blocked when the bubble ends makes
	// synctest.Test panic, here. The leak was reported before, inside.
	defer func() {
		if p := recover(); p != nil && !strings.HasPrefix(fmt.Sprint(p), "deadlock:") {
			panic(p)
		} else if p != nil && !t.Failed() {
			t.Errorf("the bubble of virtual time ended badly: %v", p)
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		newBench(t, arena, head, pkg, before).play(script)
	})
}

// goroutines returns the IDs of all goroutines but the calling one, on which
// the script may run code of the subject.
func goroutines() map[uint64]bool {
	ids := make(map[uint64]bool)
	for _, g := range traceback.Goroutines() {
		ids[g.ID] = true
	}
	delete(ids, traceback.Current())
	return ids
}

// A subjectPackage is the package under test, as the test's own package names it.
type subjectPackage struct{ pkg, file string }

// subjectOf derives the subject from the name of a function of its external
// test package: "socketkata/exercises/05-echo_test.TestHalfClose".
func subjectOf(function string) subjectPackage {
	dir := path.Dir(function)
	name, _, _ := strings.Cut(path.Base(function), ".")
	name = strings.TrimSuffix(name, "_test")
	_, slug, _ := strings.Cut(name, "-")
	rel := strings.TrimPrefix(dir+"/"+name, "socketkata/")
	return subjectPackage{pkg: dir + "/" + name, file: rel + "/" + slug + ".go"}
}

// callerOutside returns the function that called into this package.
func callerOutside() string {
	pcs := make([]uintptr, 16)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	for {
		f, more := frames.Next()
		if !strings.Contains(f.Function, "socketkata/harness/peer.") || !more {
			return f.Function
		}
	}
}
