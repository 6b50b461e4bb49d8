//go:build linux || darwin

package evloop_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"socketkata/harness/peer"
)

func TestLevelAndEdge_R7(t *testing.T) {
	peer.Run(t, "R7: level mode repeats an event, edge mode reports only news", func(b *peer.Bench) {
		x := newBox(b, level)
		defer x.close()
		north, northFD := x.watch("north", true, false)
		x.arrives(north, northFD, "freight train\n")
		x.expect("bytes are reported", "north: Read")
		x.expect("in level mode bytes that nobody has read are reported again", "north: Read")

		y := newBox(b, edge)
		defer y.close()
		south, southFD := y.watch("south", true, true)
		y.expect("room is reported", "south: Write")
		y.quiet("in edge mode room that was there before is not reported", 5*ms)
		y.arrives(south, southFD, "freight train\n")
		y.includes("bytes are reported", "south", "Read")
		y.quiet("in edge mode bytes that nobody has read are not reported again", 5*ms)
		y.arrives(south, southFD, "express\n")
		y.includes("further bytes are news", "south", "Read")
		b.NoError("Mod with what was watched before is allowed", y.mod(southFD, true, true))
		y.expect("after Mod, Wait reports once more what is ready", "south: Read Write")
		y.reads(southFD)
		y.quiet("a read by the program is no event, even after Mod", 5*ms)
		south.StopReading()
		full := y.fill(southFD)
		south.Take(full)
		y.expect("room in a socket that was full is news", "south: Write")
		crowded(y)
	}, peer.Loopback)
}

// crowded has more news than a Wait has room for.
func crowded(x *box) {
	for _, name := range []string{"east", "north", "west"} {
		far, fd := x.watch(name, true, false)
		x.arrives(far, fd, "train\n")
	}
	var seen []string
	for range 3 {
		one, err := x.wait("what finds no room comes with the next Wait, also in edge mode", 1, -1)
		x.b.NoError("Wait does not fail", err)
		seen = append(seen, string(one))
	}
	slices.Sort(seen)
	x.b.Equal("each Wait reports one of the three tracks", "[east: Read] [north: Read] [west: Read]", strings.Join(seen, " "))
}

func TestHupAndErr_R8(t *testing.T) {
	peer.Run(t, "R8: Hup tells of the peer's FIN, Err of a reset", func(b *peer.Bench) {
		for _, mode := range modes {
			x := newBox(b, mode)
			defer x.close()
			north, northFD := x.watch("north", true, false)
			x.arrives(north, northFD, "last train\n")
			x.expect("bytes come without Hup and Err", "north: Read")
			x.reads(northFD)
			b.NoError("the script ends its own direction", unix.Shutdown(northFD, unix.SHUT_WR))
			x.quiet("the FIN of this side is not that of the peer", 5*ms)
			south, southFD := x.watch("south", true, false)
			south.CloseWrite()
			x.expect("the FIN is reported, and a read does not block", "south: Read Hup")
			b.NoError("Del ends the watch", x.del(southFD))

			west, westFD := x.watch("west", false, true)
			west.StopReading()
			x.fill(westFD)
			west.Reset()
			b.Until("the reset arrives", func() bool { return hasFailed(westFD) }) // room may come before it
			x.includes("the reset is reported even if only writing is watched", "west", "Err")
			b.NoError("Del ends the watch", x.del(westFD))

			east, eastFD := x.watch("east", true, false)
			east.Reset()
			x.includes("after a reset, too, the peer sends no more", "east", "Hup")
			b.NoError("Del ends the watch", x.del(eastFD))

			ends := make([]int, 2)
			b.NoError("the bench opens a pipe", unix.Pipe(ends))
			defer unix.Close(ends[0])
			x.tracks.Store(ends[0], "tunnel")
			b.NoError("Add watches the read end", x.add(ends[0], true, false))
			unix.Close(ends[1])
			x.includes("the last writer of a pipe is gone, and a read does not block", "tunnel", "Read")
		}
	}, peer.Loopback)
}

func TestSignals_R9(t *testing.T) {
	peer.Run(t, "R9: signals neither end nor prolong a Wait", func(b *peer.Bench) {
		b.Inside("it sends signals to the thread that waits")
		x := newBox(b, level)
		defer x.close()
		short := x.sleep(600 * ms) // on a busy machine two signals may be 200 ms apart
		b.Until("Wait returns in time although signals keep coming", func() bool {
			short.Interrupt()
			return short.over()
		})
		seen, err := short.call.Result("Wait returns when its time is over")
		b.NoError("a signal is not an error", err)
		b.Equal("nothing is ready", inOrder(), seen)
		b.AtLeast("Wait lasts as long as it was told to", time.Duration(short.took.Load()), 599*ms) // R3 checks the last one

		north, northFD := x.watch("north", true, false)
		long := x.sleep(-1)
		for range 10 {
			long.Interrupt()
			long.settle(b)
		}
		x.arrives(north, northFD, "train\n")
		b.Equal("Wait without limit ends with the event, and not before", inOrder("north: Read"),
			long.result(b, "Wait returns when the bytes arrive"))
	}, peer.Loopback)
}

func TestClose_R10(t *testing.T) {
	peer.Run(t, "R10: Close ends Wait, and every later call returns os.ErrClosed", func(b *peer.Bench) {
		x := newBox(b, level)
		_, northFD := x.watch("north", true, false)
		wait := x.sleep(-1)
		b.NoError("Close closes the Poller", x.call("Close", x.p.Close))
		_, err := wait.call.Result("Close ends a Wait without limit")
		b.ErrorIs("the Wait that Close ended says why", err, os.ErrClosed)
		var others loan // one of them has the number of a descriptor of the Poller
		for range 16 {
			others.take(0)
		}
		_, err = x.wait("Wait returns at once when the Poller is closed", 8, 0)
		b.ErrorIs("Wait fails after Close", err, os.ErrClosed)
		b.ErrorIs("Add fails after Close", x.add(northFD, true, false), os.ErrClosed)
		b.ErrorIs("Mod fails after Close", x.mod(northFD, true, false), os.ErrClosed)
		b.ErrorIs("Del fails after Close", x.del(northFD), os.ErrClosed)
		b.ErrorIs("Wake fails after Close", x.call("Wake", x.p.Wake), os.ErrClosed)
		b.ErrorIs("Close fails the second time", x.call("Close", x.p.Close), os.ErrClosed)
		b.Equal("of 16 descriptors opened after Close, none is closed", 0, others.end())
		b.Equal("a watched descriptor is the caller's, and stays open", isOpen, openness(northFD))

		idle := newBox(b, edge)
		b.NoError("Close closes a Poller that does not wait", idle.call("Close", idle.p.Close))
	}, peer.Loopback)
}
