//go:build linux || darwin

package evloop_test

import (
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"socketkata/harness/peer"
)

func TestReady_R1(t *testing.T) {
	peer.Run(t, "R1: Wait reports the descriptors that can be read or written", func(b *peer.Bench) {
		x := newBox(b, level)
		defer x.close()
		north, northFD := x.watch("north", true, false)
		south, southFD := x.watch("south", true, false)
		x.none("without bytes nothing is ready to read")
		x.arrives(north, northFD, "local train\n")
		x.expect("Wait reports the descriptor with bytes, and no other", "north: Read")
		x.arrives(south, southFD, "local train\n")
		x.expect("Wait reports both descriptors with bytes", "north: Read", "south: Read")
		x.reads(northFD)
		x.reads(southFD)
		x.none("what has been read is not reported again")
		x.watch("depot", false, true)
		x.expect("a socket with room is ready to write", "depot: Write")

		y := newBox(b, level)
		defer y.close()
		y.none("each Poller reports its own descriptors only")
		wait := y.sleep(-1)
		far, fd := y.watch("siding", true, true)
		b.Equal("Wait reports a descriptor that was added meanwhile", inOrder("siding: Write"),
			wait.result(b, "Wait returns when a descriptor that is ready was added"))
		y.arrives(far, fd, "shunter\n")
		y.expect("a descriptor may be ready for both", "siding: Read Write")
		z := newBox(b, level)
		defer z.close()
		z.zero()
	}, peer.Loopback)
}

func TestModAndDel_R2(t *testing.T) {
	peer.Run(t, "R2: Mod changes what Wait reports, and Del ends it", func(b *peer.Bench) {
		for _, mode := range modes {
			x := newBox(b, mode)
			defer x.close()
			north, northFD := x.watch("north", true, false)
			x.arrives(north, northFD, "express\n")
			x.expect("the descriptor is watched for reading", "north: Read")
			b.NoError("Mod changes the watch", x.mod(northFD, false, true))
			x.expect("after Mod, only writing is watched", "north: Write")
			b.NoError("Mod changes the watch", x.mod(northFD, false, false))
			x.none("after Mod, neither is watched")
			b.NoError("Mod changes the watch", x.mod(northFD, true, false))
			x.expect("Mod finds what was ready before", "north: Read")
			b.ErrorIs("a second Add is an error", x.add(northFD, true, true), unix.EEXIST)

			b.NoError("Mod changes the watch", x.mod(northFD, true, false))
			b.NoError("Del ends the watch", x.del(northFD))
			x.none("after Del, nothing is watched")
			b.ErrorIs("a second Del is an error", x.del(northFD), unix.ENOENT)
			b.ErrorIs("Mod without Add is an error", x.mod(northFD, true, false), unix.ENOENT)
			b.NoError("Add watches the descriptor again", x.add(northFD, true, false))
			x.expect("after a new Add, the bytes are reported again", "north: Read")
			b.NoError("Del ends the watch", x.del(northFD))

			var two []int
			for _, name := range []string{"east", "west"} {
				far, fd := x.watch(name, true, false)
				x.arrives(far, fd, "express\n")
				two = append(two, fd)
			}
			_, err := x.wait("two tracks have bytes, and Wait has room for one", 1, -1)
			b.NoError("Wait does not fail", err)
			other, otherFD := x.track("other")
			for i, fd := range two {
				b.NoError("Del ends the watch", x.del(fd))
				syscall.Close(fd)
				two[i], err = unix.FcntlInt(uintptr(otherFD), unix.F_DUPFD_CLOEXEC, fd)
				b.NoError("the bench gives the number to another conn", err)
				defer syscall.Close(two[i])
				x.tracks.Store(two[i], "other")
				b.NoError("Add watches another conn with the same number", x.add(two[i], true, false))
			}
			x.none("what found no room before Del is not reported of a conn that has the number now")
			x.arrives(other, two[0], "express\n")
			x.expect("the bytes of the new conn are reported", "other: Read")
		}
	}, peer.Loopback)
}

func TestTimeout_R3(t *testing.T) {
	peer.Run(t, "R3: Wait lasts as long as its timeout unless something is ready", func(b *peer.Bench) {
		x := newBox(b, level)
		defer x.close()
		north, northFD := x.watch("north", true, false)
		x.quiet("with a timeout of 0, Wait returns at once", 0)
		x.quiet("a Wait of 20 ms lasts at least that long", 20*ms)
		x.quiet("a Wait of 1.5 ms lasts at least that long", 1500*time.Microsecond)
		x.quiet("a Wait of 0.3 ms lasts at least that long", 300*time.Microsecond)
		for _, limit := range []time.Duration{-1, -time.Hour, 1 << 32 * ms} {
			wait := x.sleep(limit)
			x.arrives(north, northFD, "night train\n")
			b.Equal("a long Wait ends with the event, and not before", inOrder("north: Read"),
				wait.result(b, "Wait returns as soon as something is ready"))
			x.reads(northFD)
		}
	}, peer.Loopback)
}

func TestWake_R4(t *testing.T) {
	peer.Run(t, "R4: any number of Wakes ends one Wait", func(b *peer.Bench) {
		for _, mode := range modes {
			x := newBox(b, mode)
			defer x.close()
			north, northFD := x.watch("north", true, false)
			b.NoError("Wake succeeds before the Wait", x.call("Wake", x.p.Wake))
			x.expect("Wake ends the next Wait")
			x.quiet("one Wake ends one Wait", 10*ms)
			wait := x.sleep(-1)
			b.NoError("Wake succeeds during a Wait", x.call("Wake", x.p.Wake))
			b.Equal("nothing is ready", inOrder(), wait.result(b, "Wake ends a Wait in progress"))
			if mode == level {
				many(x)
			}
			x.arrives(north, northFD, "train\n")
			b.NoError("Wake succeeds although something is ready", x.call("Wake", x.p.Wake))
			x.finds("a Wake and an event at the same time: one of two Waits reports the event", "north: Read")
		}
	}, peer.Loopback)
}

// many calls Wake more often than a pipe has room for.
func many(x *box) {
	_, err := peer.Start(x.b, "Wake", func() (_ int, err error) {
		for i := 0; i < 70_000 && err == nil; i++ {
			err = x.p.Wake()
		}
		return 0, err
	}).Result("Wake never blocks")
	x.b.NoError("Wake does not fail when nobody waits", err)
	x.expect("many Wakes end the next Wait")
	x.quiet("many Wakes end no more than one Wait", 10*ms)
}

func TestLoop_R5(t *testing.T) {
	peer.Run(t, "R5: Run calls handlers, timers and posted functions one at a time", func(b *peer.Bench) {
		k := newKitchen(b)
		k.add("door", k.handles("open the door"))
		k.loop.Post(k.does("put the kettle on"))
		k.loop.After(3*time.Minute, k.does("pour the tea"))
		k.loop.After(10*time.Minute, k.takes(5*time.Minute, "fry the fish"))
		k.loop.After(12*time.Minute, k.does("turn off the oven"))
		call := k.run(b.Context())
		b.Advance(2 * time.Minute)
		b.Equal("what was posted before Run is called at once", inOrder("put the kettle on at 0s"), k.diary())
		k.ready("door: Read")
		b.Advance(7 * time.Minute)
		b.Equal("an event calls its handler, and a timer runs at its time", inOrder("open the door (Read) at 2m0s", "pour the tea at 3m0s"), k.diary())
		k.loop.Post(k.takes(2*time.Minute, "answer the phone"))
		b.Settle()
		b.Equal("a Post ends the Wait in progress", inOrder("answer the phone at 9m0s"), k.diary())
		b.Advance(time.Hour)
		call.ExpectPending("Run goes on when nothing is left to call")
		b.Equal("no two functions run at the same time", inOrder("done at 11m0s", "fry the fish at 11m0s", "done at 16m0s",
			"turn off the oven at 16m0s"), k.diary())
		b.AtMost("Run stays in Wait while there is nothing to call", k.count(), 16)
	}, peer.Virtual)
}

func TestServe_R6(t *testing.T) {
	peer.Run(t, "R6: Serve sends each client its bytes back until it is stopped", func(b *peer.Bench) {
		for _, mode := range modes {
			c := open(b, mode, nil)
			client := b.Dial(c.server)
			client.Send("two teas, please\n")
			client.Expect("Serve sends the bytes back while the client is there", "two teas, please\n")
			client.Send("!")
			client.Expect("Serve sends a single byte back", "!")
			other := b.Dial(c.server)
			rounds(other, 1)
			rounds(client, 1)
			bye(client)
			rounds(other, 20)
			if c.server.AtAddress() {
				return
			}
			c.idle("Serve stays in Wait while its clients are silent", other)
			if c.watches() != 3 {
				b.Equal("three descriptors are watched: the listener, stopFD and a client", watched("a client, listenFD, stopFD"), c.still())
			}
			c.stop()
			other.ExpectClosed("Serve closes its clients before it returns")
			c.expectNoWatches("Serve has ended every watch when it returns")
		}
		c := open(b, level, nil)
		rounds(b.Dial(c.server), 1)
		few := b.Goroutines()
		crowd := b.Crowd(c.server, 20)
		crowd.Each(func(_ int, one *peer.Peer) { one.Send("a cup of coffee\n") })
		crowd.Each(func(_ int, one *peer.Peer) { one.Expect("Serve serves many clients", "a cup of coffee\n") })
		b.Equal("calls of Wait come from the goroutine of Serve, and none from another goroutine", waits(0), waits(c.now(&c.outside)))
		b.Equal("Serve needs no more goroutines for 20 more clients", few, b.Goroutines())
		c.idle("Serve stays in Wait while all its clients are silent", crowd[0])
		c.fail(errFire)
		b.ErrorIs("Serve fails with the error of its Poller", c.server.Result("Serve returns when Wait fails"), errFire)
		crowd[0].ExpectClosed("Serve closes its clients when it fails as well")
		c.expectNoWatches("Serve has ended every watch when it fails as well")
		c = open(b, level, nil)
		guest := b.Dial(c.server)
		rounds(guest, 1)
		if c.breakListener() {
			b.Error("Serve fails if its listener does", c.server.Result("Serve returns when accept fails, even with a client"))
			guest.ExpectClosed("Serve closes its clients when accept fails as well")
		}
		broken := b.Named("Serve").ServeFD(func(_, stopFD int) error { return serve(level, 1<<20, stopFD) })
		b.Error("Serve fails if listenFD is not open", broken.Result("Serve returns when it cannot accept"))
		talker, fd := b.PairFD()
		talker.Send("hello\n")
		deaf := b.Named("Serve").ServeFD(func(_, stopFD int) error { return serve(level, fd, stopFD) })
		b.Error("Serve fails if listenFD does not listen", deaf.Result("Serve returns when accept fails"))
		for n := range 2 { // listenFD and stopFD, in either order
			c := small(b, n)
			b.ErrorIs("Serve fails with the error of Add", c.server.Result("Serve returns when it cannot watch"), errFire)
			c.expectNoWatches("no watch is left when Serve cannot begin")
		}
		shy := small(b, 2).server
		b.Dial(shy).ExpectClosed("Serve closes a client that it cannot watch")
		shy.Close()
		shy.Result("Serve returns once stopFD is readable") // or has failed with its Poller
		for what := range 3 {
			serveZero(b, what)
		}
	}, peer.Loopback)
}
