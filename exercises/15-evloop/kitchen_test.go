//go:build linux || darwin

package evloop_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	evloop "socketkata/exercises/15-evloop"
	"socketkata/harness/peer"
)

// A kitchen is a Loop in virtual time and the Poller below it. No kernel is
// involved: the script says what becomes ready, and descriptors are only numbers.
type kitchen struct {
	b    *peer.Bench
	loop *evloop.Loop
	fds  map[string]int // by name

	mu      sync.Mutex
	watched map[int]bool
	news    chan struct{} // has an element if ready, woken or broken has changed
	pending []evloop.Event
	woken   bool
	broken  error
	waits   int      // calls of Wait
	turns   int      // returns of Wait
	early   []string // functions of next that were called in the turn in which they were made
	vain    int      // Waits in a row that did not wait and found nothing
	entries []string
	onWait  func() // called once, when the next Wait begins
}

func newKitchen(b *peer.Bench) *kitchen {
	k := &kitchen{b: b, fds: map[string]int{}, watched: map[int]bool{}, news: make(chan struct{}, 1)}
	k.loop = evloop.NewLoop(k)
	return k
}

// run calls Run.
func (k *kitchen) run(ctx context.Context) *peer.Call[struct{}] {
	return peer.Start(k.b, "Run", func() (struct{}, error) { return struct{}{}, k.loop.Run(ctx) })
}

// add watches a descriptor with that name for reading.
func (k *kitchen) add(name string, handle func(evloop.Event)) {
	k.b.NoError("Add watches the descriptor", k.loop.Add(k.fd(name), true, false, handle))
}

// fd returns the number of a descriptor.
func (k *kitchen) fd(name string) int {
	if k.fds[name] == 0 {
		k.fds[name] = 10 + len(k.fds)
	}
	return k.fds[name]
}

// ready has the next Wait report these events together: "door: Read".
func (k *kitchen) ready(events ...string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, e := range events {
		name, flags, _ := strings.Cut(e, ": ")
		k.pending = append(k.pending, evloop.Event{FD: k.fd(name), Read: strings.Contains(flags, "Read"), Write: strings.Contains(flags, "Write")})
		k.b.Note(e)
	}
	k.tell()
}

// fail has Wait fail, or succeed again if err is nil.
func (k *kitchen) fail(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.broken = err
	k.tell()
}

// does returns a function that writes into the diary.
func (k *kitchen) does(what string) func() { return func() { k.write(what) } }

// takes returns a function that also takes time.
func (k *kitchen) takes(d time.Duration, what string) func() {
	return func() {
		k.write(what)
		<-time.After(d)
		k.write("done")
	}
}

// next returns f for Post or After, and notes if it is called without a Wait
// having returned since.
func (k *kitchen) next(what string, f func()) func() {
	k.mu.Lock()
	defer k.mu.Unlock()
	made := k.turns
	return func() {
		k.mu.Lock()
		if k.turns == made {
			k.early = append(k.early, what)
		}
		k.mu.Unlock()
		f()
	}
}

// handles returns a handler that writes its event into the diary.
func (k *kitchen) handles(what string) func(evloop.Event) {
	return func(e evloop.Event) { k.write(what + " (" + words(e) + ")") }
}

// write adds what happens, and when, to the diary.
func (k *kitchen) write(what string) {
	k.b.Note(what)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.entries = append(k.entries, fmt.Sprintf("%s at %v", what, k.b.Elapsed()))
}

// diary returns what has happened since it was asked last.
func (k *kitchen) diary() sequence {
	k.mu.Lock()
	defer k.mu.Unlock()
	entries := k.entries
	k.entries = nil
	return inOrder(entries...)
}

// count returns how often Wait was called.
func (k *kitchen) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.waits
}

// tell ends a Wait in progress. The lock is held.
func (k *kitchen) tell() {
	select {
	case k.news <- struct{}{}:
	default:
	}
}

func (k *kitchen) Add(fd int, r, w bool) error { return k.change(fd, true, false, unix.EEXIST) }
func (k *kitchen) Mod(fd int, r, w bool) error { return k.change(fd, true, true, unix.ENOENT) }
func (k *kitchen) Del(fd int) error            { return k.change(fd, false, true, unix.ENOENT) }
func (k *kitchen) Close() error                { return nil }

func (k *kitchen) change(fd int, to, from bool, otherwise error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.watched[fd] != from {
		return otherwise
	}
	k.watched[fd] = to
	if !to { // a Loop may have room for one event only, and get the others later
		k.pending = slices.DeleteFunc(k.pending, func(e evloop.Event) bool { return e.FD == fd })
	}
	return nil
}

func (k *kitchen) Wake() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.woken = true
	k.tell()
	return nil
}

func (k *kitchen) Wait(events []evloop.Event, d time.Duration) (int, error) {
	k.mu.Lock()
	k.waits++
	hook := k.onWait
	k.onWait = nil
	k.mu.Unlock()
	if hook != nil {
		hook()
	}
	var over <-chan time.Time
	if d > 0 {
		over = time.After(d)
	}
	for {
		n, err, done := k.take(events, d)
		if done {
			return n, err
		}
		select {
		case <-k.news:
		case <-over:
			d = 0
		}
	}
}

var errVain = errors.New("Wait was called 1,000 times in a row with a timeout of 0, and nothing was ready")

// take returns what ends a Wait.
func (k *kitchen) take(events []evloop.Event, d time.Duration) (n int, err error, done bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	n = copy(events, k.pending)
	k.pending = k.pending[n:]
	if k.vain++; n > 0 || d != 0 && k.broken == nil {
		k.vain = 0
	}
	switch {
	case k.vain == 2000:
		panic("Wait was called 1,000 times after it had failed")
	case k.vain == 1000:
		k.broken = errVain
	}
	if done = n > 0 || k.woken || k.broken != nil || d == 0; done {
		k.turns++
		k.woken = false
	}
	return n, k.broken, done
}
