package peer

import (
	"fmt"
	"path"
	"strings"

	"socketkata/harness/endpoint"
	"socketkata/harness/failure"
	"socketkata/harness/record"
	"socketkata/harness/tell"
	"socketkata/harness/wait"
)

// await waits until done returns true. If it waits in vain it ends the script
// with what why says about the side. Both functions are called with Bench.mu
// held.
func (b *Bench) await(s *endpoint.Side, reason string, done func() bool, why func() failure.Outcome) {
	b.t.Helper()
	defer b.recorder.Step()
	b.mu.Lock()
	vain := b.waiter.Until(done)
	if vain == nil {
		b.mu.Unlock()
		return
	}
	o := why()
	b.mu.Unlock()
	b.failAfter(vain, s, reason, o)
}

// poll is await for something that nobody announces, by asking again and again.
// Both functions are called without Bench.mu.
func (b *Bench) poll(s *endpoint.Side, reason string, done func() bool, why func() failure.Outcome) {
	b.t.Helper()
	defer b.recorder.Step()
	if vain := b.waiter.Poll(done); vain != nil {
		b.failAfter(vain, s, reason, why())
	}
}

// fail ends the script. The failure shows the conversation of the side, or if
// that is nil of the last one.
func (b *Bench) fail(s *endpoint.Side, reason string, o failure.Outcome) {
	b.t.Helper()
	b.mu.Lock()
	glance := b.waiter.Glance()
	b.mu.Unlock()
	b.failAfter(glance, s, reason, o)
}

// wireRows is how many events of the conversation a failure shows.
const wireRows = 12

// failAfter ends the script after a wait that was in vain. Only the first
// failure of a script is told.
func (b *Bench) failAfter(vain *wait.Wait, s *endpoint.Side, reason string, o failure.Outcome) {
	b.t.Helper()
	f := b.head
	f.Reason, f.Symptom, f.Got, f.Want, f.Mark = reason, o.Symptom, o.Got, o.Want, o.Mark
	b.mu.Lock()
	if spinner := vain.Explain(&f); spinner != 0 {
		b.spinner = spinner
	}
	b.recorder.Saw(vain.Sightings())
	b.mu.Unlock()
	f.Wire = b.talk.Draw(s, wireRows)
	b.report(f)
	b.t.FailNow()
}

// report tells a failure, if it is the first.
func (b *Bench) report(f failure.Failure) {
	b.t.Helper()
	b.t.Fail()
	if b.failed != nil {
		return
	}
	if b.seeded {
		test, _, _ := strings.Cut(b.t.Name(), "/")
		f.Repeat = fmt.Sprintf("KATA_SEED=%d go test -run '^%s$' ./%s", b.seed, test, path.Dir(f.File))
	}
	f.Artifact = tell.Keep(b.t, "wire.txt", b.talk.Draw(nil, 0))
	b.failed = &f
	b.recorder.Set(func(r *record.Record) { r.Failure = &f })
	tell.Failure(b.t, f)
}
