package peer

import (
	"os"
	"slices"

	"socketkata/harness/failure"
	"socketkata/harness/record"
	"socketkata/harness/subject"
	"socketkata/harness/tell"
	"socketkata/harness/traceback"
)

// tearDown closes every peer, cancels the context, closes every listener, and
// waits for the bench's own goroutines. It does nothing the second time.
func (b *Bench) tearDown() {
	b.endRecord()
	b.talk.Close()
	b.cancel()
	b.mu.Lock()
	listeners, packetConns := slices.Clone(b.listeners), slices.Clone(b.packetConns)
	b.mu.Unlock()
	for _, ln := range listeners {
		ln.Close()
	}
	for _, c := range packetConns {
		c.Close()
	}
	if b.packets != nil {
		b.packets.Stop()
	}
	for _, h := range b.hosts {
		h.Close()
	}
	for _, ln := range b.held {
		ln.Release()
	}
	b.own.Wait()
	b.talk.Wait()
}

// closeLent closes what the subject got and need not close.
func (b *Bench) closeLent() {
	for _, c := range b.lent {
		c.Close()
	}
	b.lent = nil
}

// endRecord adds the conversation to the record.
func (b *Bench) endRecord() {
	b.recorder.End(func(r *record.Record) {
		b.mu.Lock()
		defer b.mu.Unlock()
		r.Events = b.talk.Log.Events()
		for _, s := range b.talk.Sides() {
			sent, received := s.Counts()
			r.Figures.ToSubject += sent
			r.Figures.FromSubject += received
			r.Conns = append(r.Conns, record.Conn{Name: s.Name, Harness: s.Name, Subject: s.Labels.Subject})
		}
	})
}

// saveRecord saves the record when the bench has done all its checks.
func (b *Bench) saveRecord() {
	b.recorder.Set(func(r *record.Record) {
		r.Elapsed = b.Elapsed()
		r.Passed = r.Passed && !b.t.Failed() && !b.t.Skipped()
	})
	if err := b.recorder.Save(); err != nil {
		b.t.Logf("harness: save the record: %v", err)
	}
}

// expectNothingLeft checks that the subject released everything once its peers
// are closed, its context is canceled and its listeners are closed.
func (b *Bench) expectNothingLeft() {
	b.t.Helper()
	for _, c := range b.subject.Calls() {
		b.result(c.Name+" returns once its peers have closed and its listener is closed", c)
	}
	b.expectNoGoroutines()
	b.expectNoBusyLoop()
	b.expectNoRace()
	b.expectClosed()
	b.closeLent()
	b.expectNoDescriptors()
}

// expectNoGoroutines waits until no goroutine of the subject is left.
func (b *Bench) expectNoGoroutines() {
	b.t.Helper()
	var left []traceback.Goroutine
	b.poll(nil, "every goroutine has ended when the call returns", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		left = b.subject.Goroutines()
		return len(left) == 0
	}, func() failure.Outcome {
		return failure.Outcome{Symptom: failure.Leak, Got: b.subject.GoroutinesLeft(left), Want: "no goroutine is left"}
	})
}

// expectNoBusyLoop catches a goroutine that was busy-looping, and that the bench
// ended, while no step looked.
func (b *Bench) expectNoBusyLoop() {
	b.t.Helper()
	b.mu.Lock()
	loops := b.subject.BusyLoops()
	b.mu.Unlock()
	if loops {
		b.fail(nil, "a loop waits, or ends with the first permanent error", failure.Outcome{Symptom: failure.Spin, Want: "no loop of calls that return at once without a result"})
	}
}

// expectNoRace reads what the race detector has printed in the subject's
// process.
func (b *Bench) expectNoRace() {
	b.t.Helper()
	if b.subject.Raced() {
		b.fail(nil, "no two goroutines access the same memory without synchronization", failure.Outcome{
			Symptom: failure.Race, Got: "the race detector reported a data race", Want: "none",
		})
	}
}

// expectClosed waits until every conn that the subject accepted is closed.
func (b *Bench) expectClosed() {
	b.t.Helper()
	b.expectNone("every conn your code accepted is closed", b.subject.ConnsLeft, "every accepted conn is closed")
}

// expectNoDescriptors waits until no descriptor is left that was not open
// before. It is skipped on platforms that do not list them.
func (b *Bench) expectNoDescriptors() {
	b.t.Helper()
	if b.fds != nil {
		left := func() string { return b.subject.DescriptorsLeft(b.fds) }
		b.expectNone("every descriptor that your code did not return is closed", left, "no descriptor is left open")
	}
}

// expectNone waits until left, which describes what is left, returns "".
func (b *Bench) expectNone(reason string, left func() string, want string) {
	b.t.Helper()
	var got string
	b.poll(nil, reason, func() bool { got = left(); return got == "" },
		func() failure.Outcome { return failure.Outcome{Symptom: failure.Leak, Got: got, Want: want} })
}

// endWithSpinner ends the process if the goroutine that the script failed for
// goes on, though its peers, its context and its listeners are gone. Nothing
// can stop it, and it would take the processor from every script to come.
func (b *Bench) endWithSpinner() {
	if b.spinner == 0 || b.subject.IsAway() || b.arena == Virtual { // the guard watches virtual time
		return
	}
	if subject.Runs(b.spinner) {
		tell.Unstoppable(*b.failed)
		os.Exit(1)
	}
}
