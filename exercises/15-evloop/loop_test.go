//go:build linux || darwin

package evloop_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	evloop "socketkata/exercises/15-evloop"
	"socketkata/harness/peer"
)

func TestTimers_R11(t *testing.T) {
	peer.Run(t, "R11: timers run in the order of their times, canceled ones never", func(b *peer.Bench) {
		k := newKitchen(b)
		l := k.loop
		l.After(30*time.Second, k.does("rice"))
		l.After(10*time.Second, k.does("eggs"))
		var cancelHam, cancelToast func()
		cancelToast = l.After(20*time.Second, func() { k.write("first toast"); cancelToast() }) // too late for itself
		l.After(20*time.Second, k.does("second toast"))
		l.After(20*time.Second, k.does("third toast"))
		l.After(0, k.does("salt"))
		l.After(-time.Hour, k.does("pepper"))
		cancelFish := l.After(15*time.Second, k.does("fish"))
		cancelSoup := l.After(5*time.Second+1500*time.Microsecond, k.does("soup"))
		l.After(25*time.Second, func() { k.write("no ham"); cancelHam() })
		cancelHam = l.After(25*time.Second, k.does("ham"))
		cancelFish()
		cancelFish()
		l.After(40*time.Second, k.does("cake"))() // the last of all
		call := k.run(b.Context())
		b.Advance(24 * time.Second)
		served := 0
		l.Post(func() {
			cancelStock := l.After(math.MaxInt64, k.does("stock")) // not today
			for range 20 {
				l.After(6*time.Second, func() { served++; cancelStock() })
			}
			cancelSoup() // too late, and no harm
			cancelFish() // again
		})
		b.Advance(time.Minute)
		b.Equal("timers run in the order of their times, and at exactly those", inOrder(
			"salt at 0s", "pepper at 0s", "soup at 5.0015s", "eggs at 10s",
			"first toast at 20s", "second toast at 20s", "third toast at 20s", "no ham at 25s", "rice at 30s"), k.diary())
		b.Equal("a cancel that comes too late takes no later timer back", 20, served)
		b.AtMost("Run wakes for its timers only", k.count(), 12)
		k.busy("a timer does not wait for a turn without events", call)
	}, peer.Virtual)
}

// busy sets a timer in a function that has taken time, and while there are events
// in every turn.
func (k *kitchen) busy(reason string, call *peer.Call[struct{}]) {
	k.b.Helper()
	var at time.Duration
	calls := 0
	var began time.Duration
	k.loop.Post(func() {
		<-time.After(100 * ms)
		began = k.b.Elapsed()
		k.loop.Add(k.fd("phone"), true, false, func(evloop.Event) {
			<-time.After(10 * ms)
			if calls++; calls < 20 {
				k.ready("phone: Read")
			}
		})
		k.loop.After(50*ms, func() { at = k.b.Elapsed() - began })
		k.ready("phone: Read")
	})
	k.b.Advance(time.Minute)
	k.b.AtLeast("the time of a timer counts from its call of After", at, 50*ms)
	k.b.AtMost(reason, at, 70*ms)
	call.ExpectPending("Run goes on")
}

func TestTurns_R12(t *testing.T) {
	peer.Run(t, "R12: functions that post themselves keep nothing else waiting", func(b *peer.Bench) {
		k := newKitchen(b)
		l := k.loop
		open, closed, cups, alarms, bells, snoozes := false, false, 0, 0, 0, 0
		k.add("door", func(evloop.Event) {
			open = true
			l.After(0, k.next("timer made by a handler", func() { bells++ }))
			l.Post(k.next("posted by a handler", func() {
				l.After(0, k.next("timer made by a posted function", func() { closed = true }))
			}))
		})
		var alarm, cup func()
		alarm = func() {
			if alarms++; alarms < 4 {
				l.After(0, k.next("timer made by a timer", alarm))
				l.Post(k.next("posted by a timer", func() { snoozes++ }))
			}
		}
		cup = func() {
			switch cups++; cups {
			case 3:
				k.ready("door: Read")
			case 6:
				b.Note("wash the sixth cup")
				k.write(map[bool]string{true: "the door is open", false: "somebody still waits at the door"}[open])
				return
			}
			l.Post(k.next("posted by a posted function", cup))
		}
		l.After(0, alarm)
		l.Post(cup)
		call := k.run(b.Context())
		b.Advance(time.Second)
		call.ExpectPending("Run goes on")
		b.Equal("events come between the calls of a function that posts itself", inOrder("the door is open at 0s"), k.diary())
		b.Equal("every function is called", "6 cups, 4 alarms, 3 snoozes, 1 bell, door closed true",
			fmt.Sprintf("%d cups, %d alarms, %d snoozes, %d bell, door closed %t", cups, alarms, snoozes, bells, closed))
		b.Equal("what is posted, or set to run after 0, is not called in the same turn", inOrder(), inOrder(k.early...))
		manyPost(k)
	}, peer.Virtual)
}

// manyPost posts from other goroutines, at inconvenient times.
func manyPost(k *kitchen) {
	b, n := k.b, 0
	k.onWait = func() { // Run has decided to wait without limit, and Wait has not begun
		posted := make(chan struct{})
		go func() {
			k.loop.Post(k.does("answer the bell"))
			close(posted)
		}()
		<-posted
	}
	k.ready("door: Read")
	b.Advance(time.Second)
	b.Equal("a Post just before a Wait ends that Wait, so the function was called", true, strings.Contains(string(k.diary()), "answer the bell at 1s"))
	for range 20 {
		go func() {
			for range 50 {
				k.loop.Post(func() { n++ })
			}
		}()
	}
	b.Advance(time.Second)
	b.Equal("Post works from many goroutines at the same time", 1000, n)
	for i := range 5 {
		k.loop.Post(k.does(fmt.Sprintf("plate %d", i)))
	}
	b.Settle()
	b.Equal("posted functions are called in order", inOrder("plate 0 at 3s", "plate 1 at 3s", "plate 2 at 3s", "plate 3 at 3s", "plate 4 at 3s"), k.diary())
}

func TestStaleEvents_R13(t *testing.T) {
	peer.Run(t, "R13: an event reaches only the handler that was added for it", func(b *peer.Bench) {
		k := newKitchen(b)
		l := k.loop
		guest, phone, bell := k.fd("guest"), k.fd("phone"), k.fd("bell")
		var failed, gone error
		left := false
		k.add("door", func(evloop.Event) {
			if left {
				return
			}
			left = true
			k.write("one guest leaves, another gets the seat")
			failed = errors.Join(l.Del(guest), l.Add(guest, true, false, k.handles("serve the second guest")), l.Del(phone))
			k.Del(bell) // as if it had been closed
			gone = l.Del(bell)
		})
		k.add("guest", k.handles("serve the first guest"))
		k.add("phone", k.handles("answer the phone"))
		k.add("bell", k.handles("answer the bell"))
		b.ErrorIs("Add returns the error of the Poller", l.Add(phone, true, false, k.handles("let it ring")), unix.EEXIST)
		other := newKitchen(b)
		other.fds = k.fds // the same numbers
		other.add("phone", other.handles("answer another phone"))
		k.run(b.Context())
		k.ready("phone: Read Write")
		b.Advance(time.Second)
		b.Equal("another Loop has handlers of its own", inOrder(), other.diary())
		b.Equal("an Add that failed has changed nothing", inOrder("answer the phone (Read Write) at 0s"), k.diary())
		// The door is first whether a Loop begins with the first event or with the last.
		k.ready("door: Read", "guest: Read", "phone: Read", "bell: Read", "door: Read")
		b.Advance(time.Second)
		b.NoError("Del and Add succeed in a handler", failed)
		b.ErrorIs("Del returns the error of the Poller", gone, unix.ENOENT)
		b.Equal("after Del, the events of the first guest, the phone and the bell are dropped, even if Del failed", inOrder("one guest leaves, another gets the seat at 1s"), k.diary())
		k.ready("guest: Read")
		b.Advance(time.Second)
		b.Equal("later events reach the second guest", inOrder("serve the second guest (Read) at 2s"), k.diary())
		var mod, del error
		l.Post(func() { mod, del = l.Mod(phone, true, true), l.Del(phone) })
		b.Settle()
		b.ErrorIs("Mod returns the error of the Poller", mod, unix.ENOENT)
		b.ErrorIs("Del returns the error of the Poller", del, unix.ENOENT)
	}, peer.Virtual)
}

func TestEnd_R14(t *testing.T) {
	peer.Run(t, "R14: Run returns when its ctx is done or Wait fails", func(b *peer.Bench) {
		k := newKitchen(b)
		l := k.loop
		ctx := b.CountingContext()
		call := k.run(ctx)
		b.Advance(time.Minute)
		l.Post(func() {
			ctx.Cancel()
			l.Post(k.does("wash the spoon"))
		})
		_, err := call.Result("Run returns when ctx is canceled")
		b.ErrorIs("Run returns the error of ctx", err, context.Canceled)
		b.Equal("Run returns at once", time.Minute, b.Elapsed())
		b.Advance(30 * time.Second)

		l.Post(k.does("set the table"))
		l.After(time.Minute, k.does("light the candles"))
		k.add("door", k.handles("open the door"))
		_, err = k.run(ctx).Result("Run returns at once if ctx is done")
		b.ErrorIs("Run returns the error of ctx", err, context.Canceled)
		b.Equal("a Run whose ctx is done calls nothing", inOrder(), k.diary())

		late, cancel := context.WithTimeoutCause(b.Context(), 2*time.Minute, errors.New("the kitchen closes"))
		defer cancel()
		call = k.run(late)
		b.Advance(90 * time.Second)
		k.ready("door: Read")
		_, err = call.Result("Run returns when the time of ctx is over")
		b.ErrorIs("Run returns ctx.Err() and not the cause", err, context.DeadlineExceeded)
		b.Equal("Run returns at the deadline", 3*time.Minute+30*time.Second, b.Elapsed())
		b.Equal("the next Run calls what was left", inOrder("wash the spoon at 1m30s", "set the table at 1m30s", "light the candles at 2m30s", "open the door (Read) at 3m0s"), k.diary())

		for _, last := range []string{"timer eggs", "posted plates", "door", "fire"} {
			leaves(b, last)
		}
	}, peer.Virtual)
}

// leaves ends Run by one of the functions of a turn, or by a fire in the Poller. The
// other functions are called in that turn or by the next Run.
func leaves(b *peer.Bench, last string) {
	k, calls := newKitchen(b), map[string]int{}
	ctx := b.CountingContext()
	want, missed := context.Canceled, "timers and posted functions that the first Run has not called are called by the next"
	counts := func(what string) func() {
		return func() {
			b.Note(what)
			if calls[what]++; what == last {
				ctx.Cancel()
			}
		}
	}
	for _, what := range []string{"timer eggs", "timer eggs", "timer toast", "timer toast"} {
		k.loop.After(0, counts(what))
	}
	for _, what := range []string{"posted plates", "posted plates", "posted cups", "posted cups"} {
		k.loop.Post(counts(what))
	}
	switch last {
	case "door":
		k.add("door", func(evloop.Event) { ctx.Cancel() })
		k.ready("door: Read")
	case "fire":
		want, missed = errFire, "what was to be called when Wait failed is called by the next Run"
		k.fail(errFire)
	}
	_, err := k.run(ctx).Result("Run returns when one of its functions cancels ctx, and when Wait fails")
	b.ErrorIs("Run returns the error of ctx or of Wait", err, want)
	ctx.ExpectReleased("nothing stays registered on ctx when Run returns")
	k.fail(nil)
	again, end := context.WithTimeout(b.Context(), time.Second)
	defer end()
	k.run(again).Result("the next Run returns at its deadline")
	b.Equal(missed, sequence("map[posted cups:2 posted plates:2 timer eggs:2 timer toast:2]"), sequence(fmt.Sprint(calls)))
}
