//go:build linux || darwin

package evloop_test

import (
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	evloop "socketkata/exercises/15-evloop"
	"socketkata/harness/peer"
)

const ms = time.Millisecond

// The modes of a Poller.
const level, edge = false, true

var modes = []bool{level, edge}

// A sequence is a list that a failure shows as a whole.
type sequence string

func inOrder(items ...string) sequence { return sequence("[" + strings.Join(items, ", ") + "]") }

// A box is a signal box: a Poller that watches the tracks which lead to it. Each
// track is a conn with a name.
type box struct {
	b      *peer.Bench
	p      evloop.Poller
	tracks sync.Map       // their names; a Wait in progress may read them
	events []evloop.Event // one memory for all Waits, as a loop has it
}

// newBox opens a Poller. The script closes it.
func newBox(b *peer.Bench, edge bool) *box {
	p, err := peer.Start(b, "New", func() (evloop.Poller, error) { return evloop.New(edge) }).Result("New returns")
	b.NoError("New returns a Poller", err)
	return &box{b: b, p: p, events: make([]evloop.Event, 8)}
}

// close closes the Poller at the end of the script, which must not hang in it.
func (x *box) close() {
	peer.Start(x.b, "Close", func() (struct{}, error) { return struct{}{}, x.p.Close() })
}

// The methods of the Poller, as calls that a failure can show.

func (x *box) add(fd int, r, w bool) error {
	return x.call("Add", func() error { return x.p.Add(fd, r, w) })
}
func (x *box) mod(fd int, r, w bool) error {
	if name, known := x.tracks.Load(fd); known {
		x.b.Note("Mod of " + name.(string))
	}
	return x.call("Mod", func() error { return x.p.Mod(fd, r, w) })
}
func (x *box) del(fd int) error { return x.call("Del", func() error { return x.p.Del(fd) }) }

func (x *box) call(name string, f func() error) error {
	x.b.Helper()
	_, err := peer.Start(x.b, name, func() (struct{}, error) { return struct{}{}, f() }).Result(name + " returns at once, even during a Wait")
	return err
}

// track returns a conn whose second end is a descriptor in non-blocking mode.
func (x *box) track(name string) (*peer.Peer, int) {
	far, fd := x.b.PairFD()
	syscall.SetNonblock(fd, true)
	x.tracks.Store(fd, name)
	x.b.Note("this is " + name)
	return far, fd
}

// watch is a track that is watched.
func (x *box) watch(name string, r, w bool) (*peer.Peer, int) {
	far, fd := x.track(name)
	x.b.NoError("Add watches a descriptor", x.add(fd, r, w))
	return far, fd
}

// wait calls Wait, with room for some events, and returns what it reports:
// "north: Read Write", in the order of the names.
func (x *box) wait(reason string, room int, d time.Duration) (sequence, error) {
	x.b.Helper()
	return peer.Start(x.b, "Wait", func() (sequence, error) {
		for i := range x.events {
			x.events[i] = evloop.Event{FD: -1, Read: true, Write: true, Hup: true, Err: true}
		}
		n, err := x.p.Wait(x.events[:room], d)
		return x.describe(x.events[:n]), err
	}).Result(reason)
}

// expect waits without limit and expects events, or none if something else has
// to end the Wait.
func (x *box) expect(reason string, events ...string) {
	x.b.Helper()
	seen, err := x.wait(reason, len(x.events), -1)
	x.b.NoError("Wait does not fail", err)
	x.b.Equal(reason, inOrder(events...), seen)
}

// finds expects events from one of the next two Waits, or from both.
func (x *box) finds(reason string, events ...string) {
	x.b.Helper()
	first, err := x.wait(reason, len(x.events), 0)
	x.b.NoError("Wait does not fail", err)
	second, err := x.wait(reason, len(x.events), 0)
	x.b.NoError("Wait does not fail", err)
	x.b.Equal(reason, inOrder(events...), max(first, second)) // "[]" is less than "[n"
}

// none expects that nothing is ready.
func (x *box) none(reason string) {
	x.b.Helper()
	x.quiet(reason, 0)
}

// quiet is a Wait for d, which must last as long as that and report nothing.
func (x *box) quiet(reason string, d time.Duration) {
	x.b.Helper()
	began := time.Now()
	seen, err := x.wait(reason, len(x.events), d)
	x.b.NoError("Wait does not fail", err)
	x.b.Equal(reason, inOrder(), seen)
	x.b.AtLeast(reason, time.Since(began), d)
}

// includes expects an event of a track with one flag, whatever else is set.
func (x *box) includes(reason, name, flag string) {
	x.b.Helper()
	seen, err := x.wait(reason, len(x.events), -1)
	x.b.NoError("Wait does not fail", err)
	if strings.Contains(string(seen), name) && strings.Contains(string(seen), flag) {
		seen = inOrder(name + ": " + flag)
	}
	x.b.Equal(reason, inOrder(name+": "+flag), seen)
}

// A sleeper is a Wait in a thread of its own, which the script can watch.
type sleeper struct {
	*peer.Thread
	call *peer.Call[sequence]
	took atomic.Int64 // how long Wait took; 0 while it waits
}

// sleep calls Wait, and waits until its thread sleeps there, if that can be seen.
func (x *box) sleep(d time.Duration) *sleeper {
	s, ready := &sleeper{}, make(chan struct{})
	s.call = peer.Start(x.b, "Wait", func() (sequence, error) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		s.Thread = peer.ThisThread()
		defer s.Close()
		close(ready)
		began := time.Now()
		n, err := x.p.Wait(x.events, d)
		s.took.Store(int64(max(1, time.Since(began))))
		return x.describe(x.events[:n]), err
	})
	<-ready
	s.settle(x.b)
	return s
}

// settle waits until the thread sleeps, and has slept for a moment.
func (s *sleeper) settle(b *peer.Bench) {
	last := "awake"
	b.Until("Wait sleeps while nothing is ready", func() bool {
		number, known := s.Sleep()
		same := !known || number != "" && number == last
		last = number
		return same || s.over()
	})
}

// over reports whether Wait has returned.
func (s *sleeper) over() bool { return s.took.Load() != 0 }

// result is what a Wait without limit reports.
func (s *sleeper) result(b *peer.Bench, reason string) sequence {
	b.Helper()
	seen, err := s.call.Result(reason)
	b.NoError("Wait does not fail", err)
	return seen
}

// describe joins the events of each track.
func (x *box) describe(events []evloop.Event) sequence {
	all := map[string]evloop.Event{}
	for _, e := range events {
		name := ""
		if known, ok := x.tracks.Load(e.FD); ok {
			name = known.(string)
		}
		have := all[name]
		all[name] = evloop.Event{Read: have.Read || e.Read, Write: have.Write || e.Write, Hup: have.Hup || e.Hup, Err: have.Err || e.Err}
	}
	var items []string
	for name, e := range all {
		items = append(items, name+": "+words(e))
	}
	slices.Sort(items)
	return inOrder(items...)
}

// words says what is set in an event: "Read Hup".
func words(e evloop.Event) string {
	var set []string
	for _, flag := range []struct {
		name string
		set  bool
	}{{"Read", e.Read}, {"Write", e.Write}, {"Hup", e.Hup}, {"Err", e.Err}} {
		if flag.set {
			set = append(set, flag.name)
		}
	}
	return strings.Join(set, " ")
}

// arrives sends text and waits until all of it can be read from fd.
func (x *box) arrives(far *peer.Peer, fd int, text string) {
	before := unread(fd)
	far.Send(text)
	x.b.Until("the bytes arrive", func() bool { return unread(fd) == before+len(text) })
}

// reads takes the bytes that wait at fd.
func (x *box) reads(fd int) {
	buf := make([]byte, 64<<10)
	_, err := unix.Read(fd, buf)
	x.b.NoError("the bench reads what has arrived", err)
}

// fill writes to fd until the socket is full, and returns how much it took.
func (x *box) fill(fd int) (n int) {
	line := []byte(strings.Repeat("coal ", 13<<10))
	for {
		m, err := unix.Write(fd, line)
		if errors.Is(err, unix.EAGAIN) {
			return n
		}
		x.b.NoError("the bench writes until the socket is full", err)
		n += m
	}
}

// unread returns how many bytes can be read from fd, up to 64 KiB.
func unread(fd int) int {
	buf := make([]byte, 64<<10)
	n, _, _ := unix.Recvfrom(fd, buf, unix.MSG_PEEK|unix.MSG_DONTWAIT)
	return max(n, 0)
}

// hasFailed reports whether the conn was reset.
func hasFailed(fd int) bool {
	fds := []unix.PollFd{{Fd: int32(fd)}}
	n, _ := unix.Poll(fds, 0)
	return n > 0
}

// A loan is descriptors of the bench, with numbers that the code under test had. A
// second close of such a number closes one of them.
type loan []int

// take opens descriptors until fd is taken. They get the lowest free numbers.
func (l *loan) take(fd int) {
	for n := -1; n < fd; *l = append(*l, n) {
		var err error
		if n, err = syscall.Open(os.DevNull, syscall.O_RDONLY|syscall.O_CLOEXEC, 0); err != nil {
			return
		}
	}
}

// end closes them, and returns how many were closed before.
func (l *loan) end() (closed int) {
	for _, fd := range *l {
		var s syscall.Stat_t
		if syscall.Fstat(fd, &s) != nil || s.Mode&syscall.S_IFMT != syscall.S_IFCHR || syscall.Close(fd) != nil {
			closed++
		}
	}
	*l = nil
	return closed
}
