package peer

import (
	"fmt"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"socketkata/harness/failure"
	"socketkata/harness/network"
	"socketkata/harness/subject"
	"socketkata/harness/tell"
	"socketkata/harness/wait"
)

// An Arena is the network a script runs on.
type Arena string

const (
	// Memory is a buffered in-memory network. The bench sees when the subject
	// has taken a byte, so that pieces are proven to arrive apart.
	Memory Arena = failure.Memory
	// Virtual is Memory with a clock that jumps to the next timer as soon as
	// every goroutine of the script waits (see testing/synctest): a timeout
	// of 30 seconds takes no time and fires at exactly 30 seconds. The clock
	// starts on 1 January 2000: a certificate must be valid then.
	Virtual Arena = failure.Virtual
	// Loopback is real TCP sockets on 127.0.0.1.
	Loopback Arena = failure.Loopback
	// Process is Loopback with the subject in another process. No test names it:
	// it takes the place of the others if a judge asks for it, and plays what is
	// written for Loopback.
	Process Arena = failure.Process
	// Outside is Process with a server at an address, see [Server.AtAddress]. A
	// test names it whose script plays there what it otherwise plays in Virtual.
	Outside Arena = "outside"
)

// A Subject is the candidate's program in a process of its own.
type Subject = subject.Program

// StartSubject starts the candidate's program. The generated package that
// takes the candidate's place sets it. So a learner's test does not link what
// only [Process] needs.
var StartSubject func(program string) (Subject, error)

// thisPackage is where a test calls into the bench.
const thisPackage = "socketkata/harness/peer"

// Run plays the script in each of the arenas, by default in [Memory] and then
// over [Loopback]. The requirement is "R3: " and the sentence of the exercise's
// contract; it heads whatever goes wrong. A test that belongs to no requirement
// gives a sentence alone.
func Run(t *testing.T, requirement string, script func(b *Bench), arenas ...Arena) {
	t.Helper()
	id, sentence := parse(requirement)
	if sentence == "" {
		t.Fatal("peer.Run needs a sentence that says what right code does")
	}
	tell.Requirement(t, id)
	if len(arenas) == 0 {
		arenas = []Arena{Memory, Loopback}
	}
	code := subject.UnderTest(thisPackage)
	arenas, unplayable := chosen(arenas)
	for _, arena := range arenas {
		t.Run(string(arena), func(t *testing.T) {
			done := false
			defer tell.End(t, &done)
			tell.Begin(t)
			if unplayable != "" {
				tell.Skip(t, unplayable)
			}
			play(t, arena, failure.Failure{
				Requirement: id, Sentence: sentence, Arena: string(arena), File: code.File,
			}, code.Pkg, script)
			done = true
		})
	}
}

var requirementID = regexp.MustCompile(`^R[0-9]+$`)

// parse returns the ID of a requirement, "" without one, and its sentence.
func parse(requirement string) (id, sentence string) {
	id, sentence, ok := strings.Cut(requirement, ": ")
	if !ok || !requirementID.MatchString(id) {
		return "", requirement
	}
	return id, sentence
}

// chosen returns the arenas to play in, and why the script cannot be played
// where the judge wants it, if so.
func chosen(arenas []Arena) ([]Arena, string) {
	if !subject.Elsewhere() {
		return slices.DeleteFunc(arenas, func(a Arena) bool { return a == Outside }), ""
	}
	if !slices.Contains(arenas, Loopback) && !(slices.Contains(arenas, Outside) && subject.Outside()) {
		return []Arena{Process}, "it runs in memory or in virtual time, which another process cannot share"
	}
	return []Arena{Process}, ""
}

// play runs the script in one arena.
func play(t *testing.T, arena Arena, head failure.Failure, pkg string, script func(b *Bench)) {
	t.Helper()
	before := subject.Before()
	guard := wait.Guard{Head: head, Pkg: pkg, Script: thisPackage + ".(*Bench).play", Before: before,
		Report: func(f failure.Failure) { tell.LastFailure(t, f) }}
	defer guard.Start()()
	if arena != Virtual {
		// An unreachable conn is closed by the garbage collector, which would
		// hide that the subject forgot it.
		defer debug.SetGCPercent(debug.SetGCPercent(-1))
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 30))
		newBench(t, arena, head, pkg, before).play(script)
		return
	}
	network.UseResolver()
	// synctest.Test panics if a goroutine is left: that was reported before, inside.
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
