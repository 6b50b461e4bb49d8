package peer

import (
	"slices"
	"strings"
	"time"

	"socketkata/harness/leak"
	"socketkata/harness/slow"
	"socketkata/harness/traceback"
)

const (
	// sampleEvery is how often a waiting step looks where the subject stands.
	sampleEvery = 500 * time.Millisecond
	// idleSamples is after how many samples in a row without any code of the
	// subject, and without traffic, a wait is over.
	idleSamples = 3
)

// awaitOr waits until done holds. When it waits in vain it ends the script
// with what why says. Both functions are called with Bench.mu held.
func (b *Bench) awaitOr(reason string, done func() bool, why func() outcome) {
	b.t.Helper()
	defer b.record.step()
	b.mu.Lock()
	w := b.newWatch()
	if w.await(done) {
		b.mu.Unlock()
		return
	}
	o := why()
	b.mu.Unlock()
	o.watch = w
	b.fail(reason, o)
}

// A watch is one step that waits, and what it saw of the subject meanwhile.
type watch struct {
	bench   *Bench
	limit   time.Duration // how long it waits
	every   time.Duration // how often it takes a sample
	polls   bool          // what it waits for can come after the subject has ended
	moved   time.Time     // when the wait began, or bytes last crossed
	looked  time.Time     // when it last looked whether the limit is over
	next    time.Time     // when the next sample is due
	traffic int64         // bytes that had crossed by then
	cpu     time.Duration // that had been used by then
	samples int
	idle    int                  // samples in a row without any code of the subject
	seen    map[uint64]*sighting // where the subject's goroutines stand, by ID
}

// A sighting is a goroutine of the subject that stands at one place.
type sighting struct {
	goroutine traceback.Goroutine
	where     string
	since     time.Time // how long it has stood there
	ran       int       // samples since bytes last crossed in which it was on a processor or queued for one
	waited    int       // and in which it waited
	sample    int       // the last sample that saw it
}

// newWatch begins a wait. Bench.mu is held.
func (b *Bench) newWatch() *watch {
	w := &watch{bench: b, limit: b.stepLimit(), every: slow.Stretch(sampleEvery), seen: make(map[uint64]*sighting)}
	if b.arena == Virtual {
		w.every = w.limit // the clock jumps there only if nothing else can happen
	}
	w.start(time.Now())
	w.next = w.moved.Add(w.every)
	return w
}

// await waits until done holds and reports whether it does. Bench.mu is held.
func (w *watch) await(done func() bool) bool {
	for !done() {
		now := time.Now()
		if w.vain(now) {
			return false
		}
		wake := time.AfterFunc(w.next.Sub(now), w.bench.broadcast)
		w.bench.cond.Wait()
		wake.Stop()
	}
	return true
}

// vain reports whether what is waited for cannot come any more: nothing has
// moved for the step's limit, or the subject panicked, spins, is not written
// yet, or has ended and left no goroutine. It takes a sample then, and whenever
// one is due. Bench.mu is held.
func (w *watch) vain(now time.Time) bool {
	if w.bench.traffic() != w.traffic {
		w.start(now)
		w.idle = 0
	}
	vain := w.bench.hopeless() || !w.polls && w.idle >= idleSamples || w.over(now)
	if vain || !now.Before(w.next) {
		w.sample(now)
		w.next = now.Add(w.every)
	}
	return vain
}

// start begins the time limit anew.
func (w *watch) start(now time.Time) {
	w.moved, w.looked, w.traffic = now, now, w.bench.traffic()
	w.cpu, _ = w.bench.cpuTime()
	for _, s := range w.seen {
		s.ran, s.waited = 0, 0
	}
}

// over reports whether the time limit is over. On a machine that is far too
// busy the time of the clock says nothing about code that is ready to run and
// does not get a processor: as long as there is some, it has the same limit in
// processor time. Code that has used a quarter of that without ever waiting is
// not given the rest. The limit of the script ends all. Bench.mu is held.
func (w *watch) over(now time.Time) bool {
	if w.bench.arena == Virtual {
		return now.Sub(w.moved) >= w.limit
	}
	// Of a time in which the process stood still (Ctrl-Z, a machine that slept)
	// next to nothing counts: nobody could do anything in it, and of what has
	// come meanwhile the goroutines that wait for it are not told yet.
	if stood := now.Sub(w.looked) - 2*w.every; stood > 0 {
		w.moved = w.moved.Add(stood)
	}
	w.looked = now
	late, spins := now.Sub(w.moved) >= w.limit, w.spins() != nil
	if !late && !spins {
		return false
	}
	used, known := w.bench.cpuTime()
	used -= w.cpu
	switch {
	case known && spins && used >= w.limit/4:
		return true
	case known && late && used < w.limit:
		return !w.bench.wantsToRun()
	}
	return late
}

// wantsToRun reports whether any goroutine but the calling one is on a
// processor or queued for one, here or in the subject's process.
func (b *Bench) wantsToRun() bool {
	return anyRuns() || b.out != nil && slices.ContainsFunc(b.subjects(), traceback.Goroutine.Runs)
}

// anyRuns is wantsToRun for this process.
func anyRuns() bool {
	self := traceback.Current()
	return slices.ContainsFunc(traceback.Goroutines(), func(g traceback.Goroutine) bool { return g.ID != self && g.Runs() })
}

// cpuTime returns how much processor time this process and the subject's have
// used.
func (b *Bench) cpuTime() (used time.Duration, known bool) {
	used, known = leak.CPUTime()
	if b.out != nil && b.out.process != nil {
		used += b.out.process.CPUTime()
	}
	return used, known
}

// broadcast wakes every step that waits.
func (b *Bench) broadcast() {
	b.mu.Lock()
	b.cond.Broadcast()
	b.mu.Unlock()
}

// traffic returns a number that grows with every byte and datagram that crosses. Bench.mu is held.
func (b *Bench) traffic() int64 {
	sum := b.datagrams
	for _, p := range b.peers {
		sum += p.sent + p.received
	}
	return sum
}

// hopeless reports whether the subject is in a state from which no script
// goes on. Bench.mu is held.
func (b *Bench) hopeless() bool {
	return b.out.gone() || b.spin != nil || b.broken() != nil || b.notWritten() != ""
}

// broken returns a call that ended without returning, if any. Bench.mu is
// held.
func (b *Bench) broken() *call {
	for _, c := range b.calls {
		if c.panics != nil || c.gone {
			return c
		}
	}
	return nil
}

// stubSays is in every error a stub returns, and in no other.
const stubSays = "not written yet"

// notWritten returns what the stub says, if the subject is one. Bench.mu is
// held.
func (b *Bench) notWritten() string {
	for _, c := range b.calls {
		if c.done && c.err != nil && strings.Contains(c.err.Error(), stubSays) {
			return c.err.Error()
		}
	}
	return ""
}

// sample looks where the subject's goroutines stand. Bench.mu is held.
func (w *watch) sample(now time.Time) {
	w.samples++
	own := w.bench.subjects()
	for _, g := range own {
		s := w.seen[g.ID]
		if s == nil {
			s = &sighting{}
			w.seen[g.ID] = s
		}
		if where := g.Where(w.bench.pkg); s.where != where {
			s.where, s.since = where, now
		}
		s.goroutine, s.sample = g, w.samples
		switch {
		case g.Runs():
			s.ran++
		case g.State != "syscall": // which says nothing about how long
			s.waited++
		}
	}
	for id, s := range w.seen {
		if s.sample != w.samples {
			delete(w.seen, id)
		}
	}
	w.idle++
	if len(own) > 0 || w.bench.callsOpen() {
		w.idle = 0
	}
}

// subjects returns the goroutines of the subject that this script started.
func (b *Bench) subjects() []traceback.Goroutine {
	if b.at() {
		return nil
	}
	if b.out != nil {
		all, names := b.out.process.Goroutines()
		b.remoteCalls = names
		return traceback.Of(all, b.pkg)
	}
	var own []traceback.Goroutine
	for _, g := range traceback.Of(traceback.Goroutines(), b.pkg) {
		if !b.before[g.ID] {
			own = append(own, g)
		}
	}
	return own
}

// Goroutines returns how many goroutines are in the subject's code, or were
// started by it, of those that this script brought about.
func (b *Bench) Goroutines() int {
	b.t.Helper()
	b.beyond("goroutines are counted in a process that the bench started")
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.subjects())
}

// callsOpen reports whether a call has not returned. Bench.mu is held.
func (b *Bench) callsOpen() bool {
	if b.at() {
		return true // a server somewhere else does not return
	}
	for _, c := range b.calls {
		if !c.done {
			return true
		}
	}
	return false
}
