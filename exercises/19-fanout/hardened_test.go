package fanout_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"socketkata/harness/peer"
)

func TestJoins_R7(t *testing.T) {
	peer.Run(t, "R7: no call is running when Gather or FirstOK returns", func(b *peer.Bench) {
		gauges := newCallees(b, "tide gauges")
		gauges.at["harlingen"] = answer{silent: true, linger: 300 * ms}
		gauges.at["brest"] = answer{after: 20 * ms, err: errRefused}
		gauges.at["oban"] = answer{silent: true, linger: 30 * ms}
		_, err := gauges.gather(b.Context(), 3, "harlingen", "brest", "oban").Result("Gather returns after it has canceled the other calls")
		b.ErrorIs("a call fails", err, errRefused)
		b.Equal("no call is in flight when Gather returns", 0, gauges.inFlight)
		b.Equal("the slower of the canceled calls returns 300 ms after the failure", 320*ms, gauges.took())

		replicas := newCallees(b, "replicas")
		replicas.at["brest-1"] = answer{silent: true, linger: 300 * ms}
		replicas.at["brest-2"] = answer{after: 320 * ms, deaf: true, err: errReset} // after the success
		replicas.at["brest-3"] = answer{after: 40 * ms}
		tide, err := replicas.firstOK(b.Context(), 250*ms, "brest-1", "brest-2", "brest-3", "brest-4").Result("FirstOK returns after it has canceled the other calls")
		b.NoError("the third call succeeds", err)
		b.Equal("FirstOK returns the result of the call that succeeded", "tide at brest-3", tide)
		b.Equal("no call is in flight when FirstOK returns", 0, replicas.inFlight)
		b.Equal("the slower of the canceled calls returns 300 ms after the success", 840*ms, replicas.took())
		b.Equal("after a success no call starts", list("brest-1 at 0s", "brest-2 at 250ms", "brest-3 at 500ms"), replicas.schedule())
	}, peer.Virtual)
}

func TestDiscards_R8(t *testing.T) {
	peer.Run(t, "R8: FirstOK discards every success but the winner's", func(b *peer.Bench) {
		replicas := newCallees(b, "replicas")
		replicas.at["brest-1"] = answer{after: 600 * ms, deaf: true}
		replicas.at["brest-2"] = answer{after: 340 * ms} // at 590 ms
		replicas.at["brest-3"] = answer{after: 110 * ms, deaf: true}
		ctx, stop := timed(b, 595*ms)
		defer stop()
		tide, err := replicas.firstOK(ctx, 250*ms, "brest-1", "brest-2", "brest-3").Result("FirstOK returns when every call has returned")
		b.NoError("the second call succeeds first, before ctx is done", err)
		b.Equal("the first success wins", "tide at brest-2", tide)
		b.Equal("FirstOK has waited for the last call", 610*ms, replicas.took())
		b.Equal("FirstOK discards the results that come after the winner's, each once",
			discarded("tide at brest-1", "tide at brest-3"), replicas.thrownAway())

		replicas = newCallees(b, "replicas")
		replicas.at["brest-1"] = answer{after: 290 * ms, deaf: true}
		replicas.at["brest-2"] = answer{after: 40 * ms, deaf: true}
		tide, err = replicas.firstOK(b.Context(), 250*ms, "brest-1", "brest-2").Result("FirstOK returns when two calls succeed at one instant")
		b.NoError("both calls succeed", err)
		other := "tide at brest-1"
		if tide == other {
			other = "tide at brest-2"
		}
		b.Equal("of two results that come at one instant, FirstOK discards one", discarded(other), replicas.thrownAway())

		replicas = newCallees(b, "replicas")
		replicas.others = answer{after: 290 * ms, deaf: true}
		ctx, stop = timed(b, 260*ms)
		defer stop()
		tide, err = replicas.firstOK(ctx, 250*ms, "brest-1", "brest-2").Result("FirstOK returns when every call has returned")
		if err == nil {
			replicas.discarded = append(replicas.discarded, tide) // by the caller
		} else {
			b.Equal("with ctx's error the result is the zero value, not one that was discarded", "", tide)
		}
		b.Equal("FirstOK returns or discards each result that comes after ctx is done",
			discarded("tide at brest-1", "tide at brest-2"), replicas.thrownAway())
	}, peer.Virtual)
}

func TestAllFail_R9(t *testing.T) {
	peer.Run(t, "R9: if every call fails, FirstOK's error wraps each error", func(b *peer.Bench) {
		replicas := newCallees(b, "replicas")
		replicas.inTurn = []answer{
			{after: 300 * ms, err: errUnreachable},
			{after: 10 * ms, err: errReset},
			{after: 10 * ms, err: errRefused},
			{after: 20 * ms, err: fmt.Errorf("sign in: %w", context.Canceled)}, // a context of its own
		}
		tide, err := replicas.firstOK(b.Context(), 200*ms, "brest-1", "brest-2", "brest-2", "brest-3").Result("FirstOK returns once every call has failed")
		b.ErrorIs("the error wraps that of the first target", err, errUnreachable)
		b.ErrorIs("the error wraps that of the second target", err, errRefused)
		b.ErrorIs("the error wraps that of each call for a target that is there twice", err, errReset)
		b.ErrorIs("the error wraps that of the third target", err, context.Canceled)
		b.Equal("with an error the result is the zero value", "", tide)
		b.Equal("each target is called, duplicates included",
			list("brest-1 at 0s", "brest-2 at 200ms", "brest-2 at 210ms", "brest-3 at 220ms"), replicas.schedule())
		b.Equal("FirstOK returns the instant the last call has failed", 300*ms, replicas.took())

		replicas = newCallees(b, "replicas")
		_, err = replicas.firstOK(b.Context(), 200*ms).Result("FirstOK returns at once if there are no targets")
		b.Error("without targets no call can succeed", err)
	}, peer.Virtual)
}

func TestContext_R10(t *testing.T) {
	peer.Run(t, "R10: when ctx is done, so is every function, with ctx's error", func(b *peer.Bench) {
		gauges := newCallees(b, "tide gauges")
		gauges.others = answer{silent: true, linger: 20 * ms}
		ctx, cancel := context.WithCancelCause(b.Context())
		call := gauges.gather(ctx, 2, "harlingen", "brest", "oban")
		b.Advance(333 * ms)
		b.Note("ctx is canceled")
		cancel(errors.New("the ship has left"))
		tides, err := call.Result("Gather returns after ctx is done")
		b.ErrorIs("the error says that ctx is done", err, context.Canceled)
		b.Equal("Gather returns no results with an error", list(), tides)
		b.Equal("once ctx is done, no call starts", list("0s", "0s"), gauges.times())
		b.Equal("Gather waits for the calls in flight, and no longer", 353*ms, gauges.took())
		_, err = gauges.gather(ctx, 2, "lerwick").Result("Gather returns at once if ctx is done")
		b.ErrorIs("the error says that ctx is done", err, context.Canceled)
		_, err = gauges.firstOK(ctx, time.Second, "lerwick").Result("FirstOK returns at once if ctx is done")
		b.ErrorIs("the error says that ctx is done", err, context.Canceled)
		b.Equal("no call starts if ctx is done", list("0s", "0s"), gauges.times())

		gauges = newCallees(b, "tide gauges")
		gauges.others = answer{after: 20 * ms, err: fmt.Errorf("sign in: %w", context.Canceled)} // a context of its own
		_, err = gauges.gather(b.Context(), 1, "harlingen", "brest").Result("Gather returns after a failure")
		b.ErrorIs("a call's own context.Canceled is a failure, because ctx is not done", err, context.Canceled)

		gauges = newCallees(b, "tide gauges")
		gauges.inTurn = []answer{{after: 20 * ms, err: context.Canceled}, {after: 30 * ms, deaf: true, err: errReset}}
		_, err = gauges.gather(b.Context(), 2, "harlingen", "brest").Result("Gather returns after a failure")
		b.Equal("no later failure replaces a call's own context.Canceled", list(context.Canceled.Error()), wrapped(err, context.Canceled, errReset))

		gauges = newCallees(b, "tide gauges")
		gauges.others = answer{after: 20 * ms, deaf: true}
		ctx, cancel = context.WithCancelCause(b.Context())
		call = gauges.gather(ctx, 2, "harlingen", "brest", "oban")
		b.Advance(10 * ms)
		b.Note("ctx is canceled")
		cancel(nil)
		tides, err = call.Result("Gather returns after ctx is done")
		b.ErrorIs("ctx was done before the third call: its error, though two calls succeeded", err, context.Canceled)
		b.Equal("Gather returns no results with an error", list(), tides)

		replicas := newCallees(b, "replicas")
		replicas.others = answer{silent: true, linger: 20 * ms}
		replicas.at["brest-1"] = answer{after: 10 * ms, err: errRefused}
		limited, stop := timed(b, 150*ms)
		defer stop()
		tide, err := replicas.firstOK(limited, 100*ms, "brest-1", "brest-2", "brest-3", "brest-4").Result("FirstOK returns after ctx is done")
		b.ErrorIs("the error says that ctx is done, although a call failed before", err, context.DeadlineExceeded)
		b.Equal("with an error the result is the zero value", "", tide)
		b.Equal("once ctx is done, no call starts", list("brest-1 at 0s", "brest-2 at 10ms", "brest-3 at 110ms"), replicas.schedule())
		b.Equal("FirstOK waits for the calls in flight, and no longer", 170*ms, replicas.took())
		b.Equal("calls whose ctx does not have ctx's deadline", 0, replicas.detached)
		ctx, cancel = context.WithCancelCause(b.Context())
		race := replicas.firstOK(ctx, 100*ms, "brest-1", "brest-2")
		b.Advance(150 * ms)
		b.Note("ctx is canceled")
		cancel(nil)
		_, err = race.Result("FirstOK returns after ctx is done")
		b.ErrorIs("the error says that ctx is done, even if every call has failed", err, context.Canceled)

		host := newCallees(b, "ports")
		host.others = answer{silent: true, linger: 60 * ms}
		limited, stop = context.WithTimeoutCause(b.Context(), 250*ms, errors.New("the ship has left"))
		defer stop()
		found, err := host.scan(limited, "192.0.2.7", []uint16{22, 23, 25}, 2, 100*ms).Result("Scan returns after ctx is done")
		b.ErrorIs("ctx was done before every port was decided", err, context.DeadlineExceeded)
		b.Equal("Scan returns no map with an error", list(), found)
		b.Equal("Scan waits for the dials in flight, and no longer", 310*ms, host.took())
	}, peer.Virtual)
}

func TestPanic_R11(t *testing.T) {
	peer.Run(t, "R11: a panic in a call reaches the caller once the others have returned", func(b *peer.Bench) {
		gauges := newCallees(b, "tide gauges")
		gauges.inTurn = []answer{{after: 20 * ms, panics: errDry}, {silent: true, linger: 30 * ms}}
		gauges.mayPanic = true
		gauges.gather(b.Context(), 2, "harlingen", "brest", "oban").Result("Gather ends after a call has panicked")
		b.Equal("Gather panics with the value of the call's panic", errDry, gauges.panicked)
		b.Equal("no call is in flight when Gather panics", 0, gauges.inFlight)
		b.Equal("the canceled call returns 30 ms after the panic", 50*ms, gauges.took())
		b.Equal("after a panic no call starts", list("0s", "0s"), gauges.times())

		gauges = newCallees(b, "tide gauges")
		gauges.inTurn = []answer{{after: 10 * ms, err: errRefused}, {after: 20 * ms, deaf: true, panics: errDry}, {silent: true, linger: 30 * ms}}
		gauges.mayPanic = true
		ctx, stop := timed(b, 15*ms)
		defer stop()
		gauges.gather(ctx, 3, "harlingen", "brest", "oban").Result("Gather ends after a call has panicked")
		b.Equal("a panic counts, even after a failure and the end of ctx", errDry, gauges.panicked)

		gauges = newCallees(b, "tide gauges")
		gauges.others = answer{after: 20 * ms, deaf: true, panics: errDry}
		gauges.mayPanic = true
		ctx, stop = timed(b, 15*ms)
		defer stop()
		gauges.gather(ctx, 1, "harlingen").Result("Gather ends after a call has panicked")
		b.Equal("Gather panics, even if ctx is done before and no call has failed", errDry, gauges.panicked)

		replicas := newCallees(b, "replicas")
		replicas.at["brest-1"] = answer{after: 450 * ms, deaf: true}
		replicas.at["brest-2"] = answer{silent: true, linger: 20 * ms}
		replicas.at["brest-3"] = answer{after: 40 * ms, panics: errDry} // at 440 ms
		replicas.mayPanic = true
		replicas.firstOK(b.Context(), 200*ms, "brest-1", "brest-2", "brest-3", "brest-4").Result("FirstOK ends after a call has panicked")
		b.Equal("FirstOK panics with the value of the call's panic", errDry, replicas.panicked)
		b.Equal("after a panic no call starts", list("brest-1 at 0s", "brest-2 at 200ms", "brest-3 at 400ms"), replicas.schedule())
		b.Equal("FirstOK cancels the other calls at the panic and waits for them", 460*ms, replicas.took())
		b.Equal("when FirstOK panics, discard gets the result that came after the panic", discarded("tide at brest-1"), replicas.thrownAway())

		replicas = newCallees(b, "replicas")
		replicas.at["brest-1"] = answer{after: 210 * ms}
		replicas.at["brest-2"] = answer{after: 140 * ms, deaf: true, panics: errDry} // at 240 ms
		replicas.at["brest-3"] = answer{after: 50 * ms, deaf: true}                  // at 250 ms
		replicas.mayPanic = true
		ctx, stop = timed(b, 230*ms)
		defer stop()
		replicas.firstOK(ctx, 100*ms, "brest-1", "brest-2", "brest-3").Result("FirstOK ends after a call has panicked")
		b.Equal("a panic counts, even after a success and the end of ctx", errDry, replicas.panicked)
		b.Equal("when FirstOK panics, discard gets every result, the winner's as well", discarded("tide at brest-1", "tide at brest-3"), replicas.thrownAway())

		replicas = newCallees(b, "replicas")
		replicas.others = answer{after: 20 * ms, deaf: true, panics: errDry}
		replicas.mayPanic = true
		ctx, stop = timed(b, 15*ms)
		defer stop()
		replicas.firstOK(ctx, 100*ms, "brest-1").Result("FirstOK ends after a call has panicked")
		b.Equal("FirstOK panics, even if ctx is done before and no call has succeeded", errDry, replicas.panicked)
	}, peer.Virtual)
}
