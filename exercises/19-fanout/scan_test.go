package fanout_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	fanout "socketkata/exercises/19-fanout"
	"socketkata/harness/peer"
)

func TestScanCloses_R12(t *testing.T) {
	peer.Run(t, "R12: Scan closes every conn at once, even one that comes too late", func(b *peer.Bench) {
		host := newCallees(b, "ports")
		ports := []uint16{25, 22, 110, 80}
		for _, port := range ports {
			host.opens(fmt.Sprintf("192.0.2.7:%d", port), answer{after: 10 * ms})
		}
		found, err := host.scan(b.Context(), "192.0.2.7", ports, 2, 300*ms).Result("Scan returns when every dial has returned")
		b.NoError("every port is open", err)
		b.Equal("every port is open", table(ports, "open", "open", "open", "open"), found)
		b.AtMost("no more conns than limit are open at once", host.mostConns, 2)
		b.Equal("no conn is open when Scan returns", 0, host.conns)

		host = newCallees(b, "ports")
		late := host.opens("192.0.2.7:22", answer{after: 310 * ms, deaf: true})
		_, err = host.scan(b.Context(), "192.0.2.7", []uint16{22}, 2, 300*ms).Result("Scan returns when every dial has returned")
		b.NoError("the port is open or filtered", err)
		late.ExpectEOF("Scan closes a conn that comes 10 ms after per")

		host = newCallees(b, "ports")
		late = host.opens("192.0.2.7:22", answer{after: 50 * ms, deaf: true})
		host.at["192.0.2.7:23"] = answer{after: 20 * ms, err: errFiles}
		_, err = host.scan(b.Context(), "192.0.2.7", []uint16{22, 23}, 2, 300*ms).Result("Scan returns when every dial has returned")
		b.ErrorIs("the other dial has failed, for want of a descriptor", err, syscall.EMFILE)
		late.ExpectEOF("Scan closes a conn that comes after the other dial has failed")

		host = newCallees(b, "ports")
		late = host.opens("192.0.2.7:22", answer{after: 50 * ms, deaf: true})
		ctx, stop := timed(b, 30*ms)
		defer stop()
		host.scan(ctx, "192.0.2.7", []uint16{22}, 2, 300*ms).Result("Scan returns when every dial has returned")
		late.ExpectEOF("Scan closes a conn that comes after ctx is done")
	}, peer.Virtual)
}

func TestDialErrors_R13(t *testing.T) {
	peer.Run(t, "R13: Scan takes dial's timeouts for silence and returns its other errors", func(b *peer.Bench) {
		host := newCallees(b, "ports")
		host.at["192.0.2.7:23"] = answer{early: true, err: os.ErrDeadlineExceeded}
		host.at["192.0.2.7:25"] = answer{early: true, err: context.DeadlineExceeded}
		host.at["192.0.2.7:80"] = answer{after: 10 * ms, err: refusal}
		ports := []uint16{80, 23, 25}
		found, err := host.scan(b.Context(), "192.0.2.7", ports, 3, 300*ms).Result("Scan returns when every dial has returned")
		b.NoError("a dial may time out a moment before its ctx is done, as net.Dialer does", err)
		b.Equal("a dial that times out a moment early got no answer within per", table(ports, "closed", "filtered", "filtered"), found)

		host.at["192.0.2.7:143"] = answer{after: 100 * ms, err: os.ErrDeadlineExceeded}
		soon, stop := timed(b, 200*ms)
		defer stop()
		found, err = host.scan(soon, "192.0.2.7", []uint16{80, 143}, 2, 300*ms).Result("Scan returns when every dial has returned")
		b.NoError("dial has a timeout of its own, and ctx's deadline is not due yet", err)
		b.Equal("a dial that times out by itself got no answer", table([]uint16{80, 143}, "closed", "filtered"), found)

		noName := &net.DNSError{Err: "no answer", Name: "gateway.example", Server: "192.0.2.53:53", IsTimeout: true}
		host.at["192.0.2.7:22"] = answer{after: 20 * ms, err: noName}
		found, err = host.scan(b.Context(), "192.0.2.7", []uint16{80, 23, 22}, 3, 300*ms).Result("Scan returns after dial has failed")
		b.ErrorIs("a name server that does not answer says nothing about the port", err, noName)
		b.Equal("Scan returns no map with an error", list(), found)
		b.Equal("Scan cancels the other dials", 20*ms, host.took())

		for _, other := range []error{syscall.ECONNRESET, syscall.EHOSTUNREACH, syscall.ETIMEDOUT, errRefused} { // errRefused is only text
			host.at["192.0.2.7:22"] = answer{after: 20 * ms, err: other}
			_, err = host.scan(b.Context(), "192.0.2.7", []uint16{22}, 3, 300*ms).Result("Scan returns after dial has failed")
			b.ErrorIs("no error but ECONNREFUSED and a deadline is an answer about the port", err, other)
		}

		host = newCallees(b, "ports")
		host.inTurn = []answer{{silent: true}, {after: 150 * ms, err: os.ErrDeadlineExceeded}}
		late, stop := newLateContext(b.Context(), 450*ms)
		defer stop()
		found, err = host.scan(late, "192.0.2.7", []uint16{22, 23}, 1, 300*ms).Result("Scan returns after ctx's deadline")
		b.ErrorIs("the second dial timed out at ctx's deadline, a moment before ctx was done", err, context.DeadlineExceeded)
		b.Equal("Scan returns no map with an error", list(), found)
	}, peer.Virtual)
}

func TestNothingLeft_R14(t *testing.T) {
	peer.Run(t, "R14: concurrent calls do not mix, and a finished call leaves nothing behind", func(b *peer.Bench) {
		ctx := b.CountingContext()
		north, south := newCallees(b, "tide gauges"), newCallees(b, "tide gauges")
		north.others = answer{after: 100 * ms}
		south.at["brest"], south.at["dover"] = answer{after: 20 * ms, err: errRefused}, answer{silent: true}
		tides := north.gather(ctx, 2, "oban", "lerwick", "harlingen")
		b.Settle()
		_, err := south.gather(ctx, 2, "brest", "dover").Result("Gather returns after a failure")
		b.ErrorIs("one call of Gather fails", err, errRefused)
		b.Equal("the limit of one call of Gather is its own", list("0s", "0s"), south.times())
		_, err = tides.Result("Gather returns when every call has returned")
		b.NoError("a failure in one call of Gather is none in another", err)
		b.Equal("the limit of one call of Gather is its own", list("0s", "0s", "100ms"), north.times())

		var inner error
		south.began = b.Elapsed()
		_, err = peer.Start(b, "Gather", func() ([]string, error) {
			return fanout.Gather(ctx, 2, []string{"brest", "channel"}, func(ctx context.Context, target string) (string, error) {
				if target == "brest" {
					return south.ask(ctx, target)
				}
				_, inner = fanout.Gather(ctx, 1, []string{"dover"}, south.ask)
				return "", inner
			})
		}).Result("Gather returns after a failure")
		b.ErrorIs("one call of Gather fails", err, errRefused)
		b.ErrorIs("the inner Gather's ctx is done, and none of its calls has failed", inner, context.Canceled)

		north, south = newCallees(b, "replicas"), newCallees(b, "replicas")
		north.at["oban-1"], north.at["oban-2"] = answer{silent: true}, answer{after: 10 * ms}
		south.others = answer{after: 10 * ms, err: errRefused}
		tide, hopeless := north.firstOK(ctx, 50*ms, "oban-1", "oban-2", "oban-3"), south.firstOK(ctx, 50*ms, "brest-1", "brest-2")
		_, err = hopeless.Result("FirstOK returns once every call has failed")
		b.ErrorIs("one call of FirstOK fails", err, errRefused)
		_, err = tide.Result("FirstOK returns when a call succeeds")
		b.NoError("the second replica answers", err)
		b.Equal("the targets of one call of FirstOK are its own", list("oban-1 at 0s", "oban-2 at 50ms"), north.schedule())

		host := newCallees(b, "ports")
		host.others = answer{silent: true}
		_, err = host.scan(ctx, "192.0.2.7", []uint16{22, 80}, 2, 100*ms).Result("Scan returns when every dial has returned")
		b.NoError("no port answers, and that is a result", err)
		b.Settle()
		b.Equal("no goroutine is left when all calls have returned", 0, b.Goroutines())
		ctx.ExpectReleased("a call that has returned leaves nothing registered on ctx")
		b.Advance(time.Hour)
		b.Equal("no call starts after FirstOK has returned", list("oban-1 at 0s", "oban-2 at 50ms"), north.schedule())
	}, peer.Virtual)
}

// A lateContext is done a moment after its deadline: its timer is one of many.
type lateContext struct {
	context.Context
	due time.Time
}

func newLateContext(ctx context.Context, d time.Duration) (lateContext, context.CancelFunc) {
	due := time.Now().Add(d)
	ctx, cancel := context.WithDeadline(ctx, due.Add(time.Microsecond))
	return lateContext{ctx, due}, cancel
}

func (ctx lateContext) Deadline() (time.Time, bool) { return ctx.due, true }
