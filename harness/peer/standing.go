package peer

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing/synctest"
	"time"

	"socketkata/harness/failure"
	"socketkata/harness/leak"
	"socketkata/harness/traceback"
)

// hangUpEverywhere ends every peer, the context and every listener, and waits
// for the bench's own goroutines. It does nothing the second time.
func (b *Bench) hangUpEverywhere() {
	b.record.end()
	b.mu.Lock()
	peers, listeners := slices.Clone(b.peers), slices.Clone(b.listeners)
	b.mu.Unlock()
	for _, p := range peers {
		p.hangUp(func() { p.conn.Close() })
	}
	b.hangUp()
	for _, ln := range listeners {
		ln.Close()
	}
	b.closePackets()
	for _, h := range b.hosts {
		h.Close()
	}
	for _, ln := range b.held {
		ln.Release()
	}
	b.own.Wait()
	b.closeFiles()
}

// closePairs closes the subject's ends of pairs, which are the bench's own.
func (b *Bench) closePairs() {
	for _, c := range b.pairs {
		c.Close()
	}
	for _, h := range b.handedFDs {
		h.close()
	}
	b.handedFDs = nil
}

// expectNothingLeft checks that the subject let go of everything once its
// peers hung up, its context ended and its listeners closed.
func (b *Bench) expectNothingLeft() {
	b.t.Helper()
	for _, c := range b.calls {
		b.result(c.name+" returns once its peers have closed and its listener is closed", c)
	}
	b.expectNoGoroutines()
	b.expectNoSpin()
	b.expectNoRace()
	b.expectClosed()
	b.closePairs()
	b.expectNoDescriptors()
}

// expectNoGoroutines waits until no goroutine of the subject is left.
func (b *Bench) expectNoGoroutines() {
	b.t.Helper()
	var left []traceback.Goroutine
	b.awaitPolling("every goroutine has ended when the call returns", func() bool {
		left = b.subjects()
		return len(left) == 0
	}, func() outcome {
		started := left[0].Started(b.pkg)
		got := fmt.Sprintf("%d goroutines are left, one of them started at %s", len(left), started)
		if len(left) == 1 {
			got = "1 goroutine is left, started at " + started
		} else if !slices.ContainsFunc(left, func(g traceback.Goroutine) bool { return g.Started(b.pkg) != started }) {
			got = fmt.Sprintf("%d goroutines are left, all started at %s", len(left), started)
		}
		return outcome{symptom: failure.Leak, got: got, want: "no goroutine is left"}
	})
}

// expectNoSpin catches a goroutine that spun, and that the bench ended, while
// no step looked.
func (b *Bench) expectNoSpin() {
	b.t.Helper()
	b.mu.Lock()
	spun := b.spin != nil
	b.mu.Unlock()
	if spun {
		b.fail("a permanent error is not retried", outcome{symptom: failure.Spin, want: "no call after a permanent error"})
	}
}

// expectClosed waits until every conn the subject accepted is closed.
func (b *Bench) expectClosed() {
	b.t.Helper()
	var left []accepted
	b.awaitPolling("every conn your code accepted is closed", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		left = slices.DeleteFunc(slices.Clone(b.accepted), accepted.isClosed)
		return len(left) == 0
	}, func() outcome {
		got := fmt.Sprintf("%d of %d accepted conns were never closed", len(left), len(b.accepted))
		if place := left[0].place; place != "" {
			got += ", accepted at " + place
		}
		return outcome{symptom: failure.Leak, got: got, want: "every accepted conn is closed"}
	})
}

// isClosed reports whether the own end of a conn was closed: everything that
// is asked of it fails then.
func (c accepted) isClosed() bool {
	return errors.Is(c.SetDeadline(time.Time{}), net.ErrClosed)
}

// expectNoDescriptors waits until no descriptor is left that was not there
// before. Platforms that do not list them are passed over.
func (b *Bench) expectNoDescriptors() {
	b.t.Helper()
	if b.fds == nil {
		return
	}
	var left []string
	var now leak.DescriptorSet
	b.awaitPolling("every descriptor is closed when the call returns", func() bool {
		now = b.descriptors()
		left = leak.New(b.fds, now)
		if !slices.ContainsFunc(left, func(fd string) bool { return !strings.HasPrefix(now[fd], "pipe:") }) {
			// Package net keeps the pipes it splices through (io.Copy between
			// two conns on Linux) until the garbage collector has run twice.
			b.collectGarbage()
		}
		return len(left) == 0
	}, func() outcome {
		for i, fd := range left {
			left[i] = strings.TrimSpace(fd + " " + now[fd])
		}
		return outcome{
			symptom: failure.Leak,
			got:     "left open: descriptor " + strings.Join(left, ", "),
			want:    "no descriptor is left open",
		}
	})
}

// awaitPolling waits for something that nobody announces, by looking again
// and again. Both functions are called without Bench.mu.
func (b *Bench) awaitPolling(reason string, done func() bool, why func() outcome) {
	b.t.Helper()
	defer b.record.step()
	b.mu.Lock()
	w := b.newWatch()
	b.mu.Unlock()
	w.polls = true
	pause, longest := time.Millisecond, 50*time.Millisecond
	if b.arena == Virtual {
		longest = w.limit // a wait in vain takes a dozen rounds, not thousands
	}
	for began := time.Now(); !done(); began = time.Now() {
		if b.arena == Virtual {
			synctest.Wait()
			if done() {
				return
			}
		}
		b.mu.Lock()
		vain := w.vain(time.Now())
		b.mu.Unlock()
		if vain {
			o := why()
			o.watch = w
			b.fail(reason, o)
		}
		// A look at all goroutines holds them up. On a busy machine it takes
		// long, and they must get their turn in between.
		time.Sleep(max(pause, 2*time.Since(began)))
		pause = min(2*pause, longest)
	}
}
