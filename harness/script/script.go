// Package script is one run of a script in one arena, below the verbs: it waits
// for what a step asks for, ends the script with its first failure, keeps the
// record, and checks at the end that the subject released everything.
package script

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"socketkata/harness/endpoint"
	"socketkata/harness/failure"
	"socketkata/harness/leak"
	"socketkata/harness/record"
	"socketkata/harness/subject"
	"socketkata/harness/tell"
	"socketkata/harness/wait"
	"socketkata/harness/wire"
)

// A Script is one run. Its methods are for the goroutine of the script.
type Script struct {
	// Talk is the conversation, which its drawing and the record show.
	Talk *endpoint.Conversation
	// Seed is the seed of random input, from KATA_SEED if that is set.
	Seed uint64

	t        *testing.T
	subject  *subject.Subject
	changed  *sync.Cond // its lock guards whatever a step may wait for
	waiter   *wait.Waiter
	recorder *record.Recorder
	head     failure.Failure // what every failure of this script begins with
	started  time.Time
	fds      leak.DescriptorSet // that were open before; nil if they are not counted
	seeded   bool               // the script used random input
	failed   *failure.Failure   // the first failure; nil as long as there is none
	spinner  uint64             // the goroutine that is busy-looping, if the script failed for that
}

// New returns the run of a script against a subject of the package pkg. The head
// is what each of its failures begins with; it names the arena. A change of
// anything that a step may wait for is announced on changed.
func New(t *testing.T, head failure.Failure, pkg string, s *subject.Subject, changed *sync.Cond) *Script {
	r := &Script{t: t, subject: s, changed: changed, head: head, Seed: seed(), started: time.Now()}
	var count func([]byte) (int, []byte)
	if !s.IsAway() {
		count = s.Count
	}
	r.recorder = record.NewRecorder(record.Record{Requirement: head.Requirement, Sentence: head.Sentence, Arena: head.Arena}, pkg, count)
	r.Talk = &endpoint.Conversation{Changed: changed, Still: wait.Still(), Accepted: s.AcceptedFrom,
		CountOne: r.recorder.Read, Log: wire.NewLog(r.Elapsed)}
	r.waiter = &wait.Waiter{Subject: s, Changed: changed, Virtual: r.virtual(),
		Traffic: func() int64 { return r.Talk.Traffic() + s.BytesRead() }}
	return r
}

// NoteDescriptors makes [Script.ExpectNothingLeft] check that the subject has
// no more descriptors open than now.
func (s *Script) NoteDescriptors() { s.fds = s.subject.Descriptors() }

func (s *Script) virtual() bool { return s.head.Arena == failure.Virtual }

// Elapsed returns the time since the script began.
func (s *Script) Elapsed() time.Duration { return time.Since(s.started) }

// AllowLocks says that the subject may wait for a mutex while the script goes on.
func (s *Script) AllowLocks() { s.waiter.Locks = true }

// Settle waits until nothing more can happen without time passing.
func (s *Script) Settle() { s.waiter.Settle() }

// Limit is how long a step waits.
func (s *Script) Limit() time.Duration { return s.waiter.Limit() }

// Seeded says that the script used random input: a failure names the seed, in
// the command that repeats it.
func (s *Script) Seeded() { s.seeded = true }

// seed returns the seed for random input, from KATA_SEED if it is set.
func seed() uint64 {
	if s, err := strconv.ParseUint(os.Getenv("KATA_SEED"), 10, 64); err == nil {
		return s
	}
	return rand.Uint64N(1_000_000)
}

// Skip ends the script: this machine lacks what it needs. The reason is the
// one line that the learner sees.
func (s *Script) Skip(reason string) {
	s.t.Helper()
	s.recorder.Set(func(r *record.Record) { r.Skipped = reason })
	tell.Skip(s.t, reason)
}

// Await waits until done returns true. If it waits in vain it ends the script
// with what why says about the side. Both functions are called with the lock of
// the condition held.
func (s *Script) Await(side *endpoint.Side, reason string, done func() bool, why func() failure.Outcome) {
	s.t.Helper()
	defer s.recorder.Step()
	s.changed.L.Lock()
	vain := s.waiter.Until(done)
	if vain == nil {
		s.changed.L.Unlock()
		return
	}
	o := why()
	s.changed.L.Unlock()
	s.failAfter(vain, side, reason, o)
}

// Poll is [Script.Await] for something that nobody announces, by asking again
// and again. Both functions are called without the lock.
func (s *Script) Poll(side *endpoint.Side, reason string, done func() bool, why func() failure.Outcome) {
	s.t.Helper()
	defer s.recorder.Step()
	if vain := s.waiter.Poll(done); vain != nil {
		s.failAfter(vain, side, reason, why())
	}
}

// Fail ends the script. The failure shows the conversation of the side, or if
// that is nil of the last one.
func (s *Script) Fail(side *endpoint.Side, reason string, o failure.Outcome) {
	s.t.Helper()
	s.letItRest()
	s.changed.L.Lock()
	glance := s.waiter.Glance()
	s.changed.L.Unlock()
	s.failAfter(glance, side, reason, o)
}

// Unable ends the script because the bench cannot do what it needs to. Without
// descriptors that is a failure like others: the subject may leak them.
func (s *Script) Unable(what string, err error) {
	s.t.Helper()
	if wait.RanOut(err.Error()) {
		s.Fail(nil, "the bench can "+what, failure.Outcome{Symptom: failure.WrongValue, Got: err.Error()})
	}
	s.t.Fatalf("harness: %s: %v", what, err)
}

// wireRows is how many events of the conversation a failure shows.
const wireRows = 12

// failAfter ends the script after a wait that was in vain. Only the first
// failure of a script is told.
func (s *Script) failAfter(vain *wait.Wait, side *endpoint.Side, reason string, o failure.Outcome) {
	s.t.Helper()
	s.letPanicEnd()
	f := s.head
	f.Step = true
	f.Reason, f.Symptom, f.Got, f.Want, f.Mark = reason, o.Symptom, o.Got, o.Want, o.Mark
	s.changed.L.Lock()
	if spinner := vain.Explain(&f); spinner != 0 {
		s.spinner = spinner
	}
	s.recorder.Saw(vain.Sightings())
	s.changed.L.Unlock()
	f.Wire = s.Talk.Draw(side, wireRows)
	s.report(f)
	s.t.FailNow()
}

// letItRest gives the subject a moment: it may close conns before the call that
// closed them returns, and what it returns says more.
func (s *Script) letItRest() {
	switch {
	case s.subject.IsAway():
	case s.virtual():
		s.waiter.Rest()
	default:
		s.waiter.PollFor(s.waiter.Limit()/10, s.subject.AtRest)
	}
}

// letPanicEnd waits for a call that panics: a deferred Close ends conns, so a
// script may fail for their end before the call has.
func (s *Script) letPanicEnd() {
	if s.subject.IsAway() { // a panic ends its process
		return
	}
	s.waiter.Poll(func() bool {
		s.changed.L.Lock()
		defer s.changed.L.Unlock()
		return !s.subject.Panics()
	})
}

// report tells a failure, if it is the first.
func (s *Script) report(f failure.Failure) {
	s.t.Helper()
	s.t.Fail()
	if s.failed != nil {
		return
	}
	if s.seeded {
		test, _, _ := strings.Cut(s.t.Name(), "/")
		f.Repeat = fmt.Sprintf("KATA_SEED=%d go test -run '^%s$' ./%s", s.Seed, test, path.Dir(f.File))
	}
	f.Artifact = tell.Keep(s.t, "wire.txt", s.Talk.Draw(nil, 0))
	s.failed = &f
	s.recorder.Set(func(r *record.Record) { r.Failure = &f })
	tell.Failure(s.t, f)
}
