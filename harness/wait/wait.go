// Package wait waits for what a script asks for. Meanwhile it samples where the
// subject's goroutines are, and it decides when the wait can no longer succeed.
package wait

import (
	"sync"
	"time"

	"socketkata/harness/slow"
	"socketkata/harness/subject"
	"socketkata/harness/traceback"
)

const (
	// sampleEvery is how often a wait looks where the subject's goroutines are.
	sampleEvery = 500 * time.Millisecond
	// idleSamples is after how many samples in a row without any code of the
	// subject, and without traffic, a wait is over.
	idleSamples = 3
	// limit ends a wait that would never end. It does not measure the subject.
	limit = 5 * time.Second
	// Virtual time costs nothing, so a step may wait for any timer.
	virtualLimit = time.Hour
)

// A Waiter makes the waits of one script.
type Waiter struct {
	Subject *subject.Subject
	Changed *sync.Cond   // the script's: broadcast when anything changes that a step waits for
	Traffic func() int64 // grows with all that crosses the network; called with the lock held
	Virtual bool         // time is virtual
	Locks   bool         // the subject may wait for a mutex while the script goes on
}

// Limit returns how long a step may wait without traffic.
func (w *Waiter) Limit() time.Duration {
	if w.Virtual {
		return virtualLimit
	}
	return slow.Stretch(limit)
}

// A Wait is one step that waits, and what it has seen of the subject meanwhile.
type Wait struct {
	*Waiter
	limit   time.Duration // how long it waits
	every   time.Duration // how often it takes a sample
	polls   bool          // it can succeed after the subject has ended
	moved   time.Time     // when the wait began, or bytes last crossed
	looked  time.Time     // when it last looked whether the limit is over
	next    time.Time     // when the next sample is due
	traffic int64         // bytes that had crossed at moved
	cpu     time.Duration // processor time that had been used at moved
	samples int
	idle    int                  // samples in a row without any code of the subject
	seen    map[uint64]*sighting // where the subject's goroutines are, by ID
}

// A sighting is a goroutine of the subject that stays at one place.
type sighting struct {
	goroutine traceback.Goroutine
	where     string
	since     time.Time // how long it has been there
	ran       int       // samples since bytes last crossed in which it was on a processor or queued for one
	waited    int       // and in which it waited
	sample    int       // the last sample that saw it
}

// begin begins a wait. The lock is held.
func (w *Waiter) begin() *Wait {
	v := &Wait{Waiter: w, limit: w.Limit(), every: slow.Stretch(sampleEvery), seen: make(map[uint64]*sighting)}
	if w.Virtual {
		v.every = v.limit // the clock jumps there only if nothing else can happen
	}
	v.restart(time.Now())
	v.next = v.moved.Add(v.every)
	return v
}

// Until waits until done returns true, which it asks for whenever something has
// changed. It returns nil, or the wait that was in vain. The lock is held, for
// done too.
func (w *Waiter) Until(done func() bool) *Wait {
	v := w.begin()
	for !done() {
		now := time.Now()
		if v.vain(now) {
			if done() { // it happened while vain looked
				return nil
			}
			return v
		}
		wake := time.AfterFunc(v.next.Sub(now), w.wake)
		w.Changed.Wait()
		wake.Stop()
	}
	return nil
}

func (w *Waiter) wake() {
	w.Changed.L.Lock()
	w.Changed.Broadcast()
	w.Changed.L.Unlock()
}

// Poll waits for something that nobody announces, by asking again and again. It
// returns nil, or the wait that was in vain. The lock is not held, nor for
// done.
func (w *Waiter) Poll(done func() bool) *Wait { return w.PollFor(w.Limit(), done) }

// PollFor is Poll with a limit of its own.
func (w *Waiter) PollFor(limit time.Duration, done func() bool) *Wait {
	w.Changed.L.Lock()
	v := w.begin()
	w.Changed.L.Unlock()
	v.limit, v.polls = limit, true
	pause, longest := time.Millisecond, 50*time.Millisecond
	if w.Virtual {
		longest = v.limit // a wait in vain takes a dozen rounds, not thousands
	}
	for began := time.Now(); !done(); began = time.Now() {
		if w.Virtual {
			w.Settle()
			if done() {
				return nil
			}
		}
		w.Changed.L.Lock()
		vain := v.vain(time.Now())
		w.Changed.L.Unlock()
		if vain {
			if done() { // it happened while vain looked
				return nil
			}
			return v
		}
		// A look at all goroutines holds them up. On a busy machine it takes
		// long, and they must get their turn in between.
		time.Sleep(max(pause, 2*time.Since(began)))
		pause = min(2*pause, longest)
	}
	return nil
}

// Glance looks once where the subject's goroutines are. The lock is held.
func (w *Waiter) Glance() *Wait {
	v := &Wait{Waiter: w, seen: make(map[uint64]*sighting), moved: time.Now()}
	v.sample(v.moved)
	return v
}

// vain reports whether the wait can no longer succeed: nothing has crossed the
// network for the limit of a step, or the subject is hopeless, or has ended and
// left no goroutine. It takes a sample then, and whenever one is due. The lock is
// held, but not all the time.
func (v *Wait) vain(now time.Time) bool {
	v.crossed(now)
	vain := v.Subject.Hopeless() || v.over(now) && !v.crossed(now)
	if vain || !now.Before(v.next) {
		pause := v.every
		if v.sample(now) {
			pause /= 4
		}
		v.next = now.Add(pause)
	}
	return vain
}

// crossed begins the time limit again if anything has crossed the network.
func (v *Wait) crossed(now time.Time) bool {
	if v.Traffic() == v.traffic {
		return false
	}
	v.restart(now)
	v.idle = 0
	return true
}

// restart begins the time limit again.
func (v *Wait) restart(now time.Time) {
	v.moved, v.looked, v.traffic = now, now, v.Traffic()
	v.cpu, _ = v.Subject.CPUTime()
	for _, s := range v.seen {
		s.ran, s.waited = 0, 0
	}
}

// over reports whether the time limit is over, or the subject has ended. On a
// machine that is far too busy, the clock says nothing about code that is ready to
// run and gets no processor: as long as there is some, be it the bench's own reader
// or a process that the script has started, it has the same limit in processor
// time. Code that has used a quarter of that without ever waiting does not get the
// rest. The limit of the script ends all.
func (v *Wait) over(now time.Time) bool {
	if v.Virtual {
		return now.Sub(v.moved) >= v.limit
	}
	// Time that the process spent suspended (Ctrl-Z, a machine that slept) barely
	// counts: nobody could do anything, and the goroutines that wait have not
	// been told yet what has happened meanwhile.
	if suspended := now.Sub(v.looked) - 2*v.every; suspended > 0 {
		v.moved = v.moved.Add(suspended)
	}
	v.looked = now
	late, spins := now.Sub(v.moved) >= v.limit, v.busyLoop() != nil
	ended := !v.polls && v.idle >= idleSamples
	if !late && !spins && !ended {
		return false
	}
	used, known := v.Subject.CPUTime()
	used += v.Subject.StartedCPUTime() - v.cpu
	switch {
	case known && spins && used >= v.limit/4, known && (late || ended) && used >= v.limit:
		return true
	case ended && v.unlocked(v.Subject.NothingLeft):
		return true
	case known && late:
		return !v.unlocked(v.Subject.WantsToRun)
	}
	return late
}

// unlocked looks at the others without the lock: who waits for it does not rest, and
// may bring what the step waits for.
func (v *Wait) unlocked(look func() bool) bool {
	v.Changed.L.Unlock()
	defer v.Changed.L.Lock()
	return look()
}

// sample looks where the subject's goroutines are. It returns true if one of them
// is in a system call and has never been seen waiting: a loop of calls that return
// at once is there most of the time, so it takes more samples to see it run.
func (v *Wait) sample(now time.Time) (doubtful bool) {
	v.samples++
	own := v.Subject.Goroutines()
	for _, g := range own {
		s := v.seen[g.ID]
		if s == nil {
			s = &sighting{}
			v.seen[g.ID] = s
		}
		if where := v.Subject.Where(g); s.where != where {
			s.where, s.since = where, now
		}
		s.goroutine, s.sample = g, v.samples
		switch {
		case g.Runs():
			s.ran++
		case g.State != "syscall": // which says nothing about how long
			s.waited++
		default:
			doubtful = doubtful || s.waited == 0
		}
	}
	for id, s := range v.seen {
		if s.sample != v.samples {
			delete(v.seen, id)
		}
	}
	v.idle++
	if len(own) > 0 || v.Subject.CallsOpen() {
		v.idle = 0
	}
	return doubtful
}
