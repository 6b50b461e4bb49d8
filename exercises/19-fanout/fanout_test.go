package fanout_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"testing"
	"time"

	"socketkata/harness/peer"
)

func TestOrder_R1(t *testing.T) {
	peer.Run(t, "R1: Gather returns the results in the order of the targets", func(b *peer.Bench) {
		gauges := newCallees(b, "tide gauges")
		tides, err := gauges.gather(b.Context(), 1, "harlingen", "brest", "brest", "oban").Result("Gather returns when every call has returned")
		b.NoError("every call succeeds", err)
		b.Equal("there is a result for each target, duplicates included",
			list("tide at harlingen", "tide at brest", "tide at brest", "tide at oban"), tides)
		b.Equal("Gather makes one call for each target", list("brest", "brest", "harlingen", "oban"), gauges.called())

		gauges = newCallees(b, "tide gauges")
		gauges.at["harlingen"], gauges.at["brest"], gauges.at["oban"] = answer{after: 30 * ms}, answer{after: 20 * ms}, answer{after: 10 * ms}
		tides, err = gauges.gather(b.Context(), 3, "harlingen", "brest", "oban").Result("Gather returns when every call has returned")
		b.NoError("every call succeeds", err)
		b.Equal("the results have the order of the targets, although the last one answers first",
			list("tide at harlingen", "tide at brest", "tide at oban"), tides)

		tides, err = gauges.gather(b.Context(), 3).Result("Gather returns at once if there are no targets")
		b.NoError("no targets are no error", err)
		b.Equal("without targets there are no results", list(), tides)
	}, peer.Virtual)
}

func TestLimit_R2(t *testing.T) {
	peer.Run(t, "R2: Gather keeps exactly limit calls in flight while targets are left", func(b *peer.Bench) {
		gauges := newCallees(b, "tide gauges")
		gauges.inTurn = []answer{{after: 100 * ms}}
		gauges.others = answer{after: 10 * ms}
		_, err := gauges.gather(b.Context(), 2, "harlingen", "brest", "oban", "lerwick", "esbjerg", "dover", "cuxhaven").Result("Gather returns when every call has returned")
		b.NoError("every call succeeds", err)
		b.AtMost("no more calls than limit are in flight at once", gauges.most, 2)
		b.Equal("the next call starts as soon as one returns, however long another one takes",
			list("0s", "0s", "10ms", "20ms", "30ms", "40ms", "50ms"), gauges.times())
		b.Equal("Gather returns the instant the last call returns", 100*ms, gauges.took())

		gauges = newCallees(b, "tide gauges")
		gauges.others = answer{after: 10 * ms}
		_, err = gauges.gather(b.Context(), 3, "harlingen", "brest", "oban").Result("Gather returns when every call has returned")
		b.NoError("every call succeeds", err)
		b.Equal("if limit allows it, all calls are in flight at once", list("0s", "0s", "0s"), gauges.times())

		gauges = newCallees(b, "tide gauges")
		gauges.others = answer{after: 10 * ms}
		gauges.gather(b.Context(), 65_535, slices.Repeat([]string{"oban"}, 1500)...).Result("Gather returns when every call has returned")
		b.Equal("if limit allows it, 1,500 calls are in flight at once", 1500, gauges.most)
	}, peer.Virtual)
}

func TestFirstFailure_R3(t *testing.T) {
	peer.Run(t, "R3: the first failure cancels the other calls and is Gather's error", func(b *peer.Bench) {
		gauges := newCallees(b, "tide gauges")
		gauges.at["harlingen"] = answer{after: 30 * ms, deaf: true, err: errReset}
		gauges.at["brest"] = answer{after: 20 * ms, err: errRefused}
		gauges.at["oban"] = answer{silent: true}
		gauges.at["lerwick"] = answer{after: 40 * ms, deaf: true, err: context.Canceled}
		ctx, stop := timed(b, 35*ms)
		defer stop()
		tides, err := gauges.gather(ctx, 4, "harlingen", "brest", "oban", "lerwick").Result("Gather returns after a failure: it cancels the other calls")
		b.ErrorIs("the error is the first in time, neither the first in the list nor the last, nor ctx's", err, errRefused)
		b.Equal("the error wraps none that came later, such as that of a canceled call", list(), wrapped(err, errReset, errGivenUp, context.Canceled))
		b.Equal("Gather returns no results with an error", list(), tides)

		gauges = newCallees(b, "tide gauges")
		gauges.inTurn = []answer{{silent: true}, {after: 20 * ms, err: errRefused}}
		_, err = gauges.gather(b.Context(), 2, "harlingen", "brest", "oban", "lerwick").Result("Gather returns after a failure: it cancels the other calls")
		b.ErrorIs("a call fails while targets are left", err, errRefused)
		b.Equal("Gather returns the instant a call fails, if the others obey the cancel", 20*ms, gauges.took())
		b.Equal("after a failure no call starts", list("0s", "0s"), gauges.times())

		gauges = newCallees(b, "tide gauges")
		gauges.others = answer{after: 20 * ms, err: errRefused}
		_, err = gauges.gather(b.Context(), 3, "harlingen", "brest", "oban").Result("Gather returns when every call has failed")
		b.ErrorIs("all calls fail at one instant", err, errRefused)
	}, peer.Virtual)
}

// wrapped lists which of the errors err wraps.
func wrapped(err error, all ...error) sequence {
	var in []string
	for _, e := range all {
		if errors.Is(err, e) {
			in = append(in, e.Error())
		}
	}
	return list(in...)
}

func TestHedge_R4(t *testing.T) {
	peer.Run(t, "R4: FirstOK starts the next call after the hedge or a failure", func(b *peer.Bench) {
		replicas := newCallees(b, "replicas")
		replicas.at["brest-1"] = answer{silent: true}
		replicas.at["brest-2"] = answer{after: 30 * ms, err: errRefused}
		replicas.at["brest-3"] = answer{silent: true}
		replicas.at["brest-4"] = answer{after: 40 * ms}
		call := replicas.firstOK(b.Context(), 200*ms, "brest-1", "brest-2", "brest-3", "brest-4", "brest-1")
		b.Advance(440 * ms)
		b.Equal("each call starts when the hedge has passed since the one before, or when that fails",
			list("brest-1 at 0s", "brest-2 at 200ms", "brest-3 at 230ms", "brest-4 at 430ms"), replicas.schedule())
		tide, err := call.Result("FirstOK returns when a call succeeds")
		b.NoError("the fourth call succeeds", err)
		b.Equal("FirstOK returns the result of the call that succeeds", "tide at brest-4", tide)
		b.Equal("FirstOK returns the instant a call succeeds", 470*ms, replicas.took())

		replicas = newCallees(b, "replicas")
		replicas.at["brest-1"] = answer{after: time.Minute}
		replicas.at["brest-2"] = answer{after: 10 * ms, err: errRefused}
		tide, err = replicas.firstOK(b.Context(), 200*ms, "brest-1", "brest-2").Result("FirstOK waits for a slow call when no target is left")
		b.NoError("the first call succeeds, though late", err)
		b.Equal("an earlier call may still win", "tide at brest-1", tide)
		b.Equal("FirstOK returns the instant a call succeeds", time.Minute, replicas.took())

		replicas = newCallees(b, "replicas")
		replicas.at["brest-1"] = answer{after: 300 * ms, err: errUnreachable}
		replicas.at["brest-2"], replicas.at["brest-3"] = answer{silent: true}, answer{silent: true}
		_, err = replicas.firstOK(b.Context(), 200*ms, "brest-1", "brest-2", "brest-3", "brest-4").Result("FirstOK returns when a call succeeds")
		b.NoError("the fourth call succeeds", err)
		b.Equal("an earlier call that fails starts the next one as well",
			list("brest-1 at 0s", "brest-2 at 200ms", "brest-3 at 300ms", "brest-4 at 500ms"), replicas.schedule())

		replicas = newCallees(b, "replicas")
		replicas.at["brest-1"], replicas.at["brest-2"] = answer{after: 250 * ms, err: errUnreachable}, answer{after: 50 * ms, err: errRefused}
		replicas.at["brest-3"] = answer{after: 40 * ms}
		_, err = replicas.firstOK(b.Context(), 200*ms, "brest-1", "brest-2", "brest-3", "brest-3", "brest-3").Result("FirstOK returns when a call succeeds")
		b.NoError("the third call succeeds", err)
		b.Equal("two failures at one instant start two calls; brest-3 is listed three times",
			list("brest-1 at 0s", "brest-2 at 200ms", "brest-3 at 250ms", "brest-3 at 250ms"), replicas.schedule())
	}, peer.Virtual)
}

func TestOpenAndClosed_R5(t *testing.T) {
	peer.Run(t, "R5: Scan tells open ports from closed ones", func(b *peer.Bench) {
		ssh, telnet, smtp := b.Listen(), b.Listen(), b.Listen()
		telnet.Close()
		ports := []uint16{portOf(ssh), portOf(telnet), portOf(smtp)}
		found, err := scan(b, b.Context(), new(net.Dialer).DialContext, "127.0.0.1", slices.Sorted(slices.Values(ports)), 1, time.Hour).Result("Scan returns when every dial has returned")
		b.NoError("an open port and a closed one are both results", err)
		b.Equal("a port with a listener is open, a port without one is closed",
			table(ports, "open", "closed", "open"), found)
		ssh.Accept("Scan dials the port").ExpectEOF("Scan closes the conn to an open port")
		smtp.Accept("Scan dials the port").ExpectEOF("Scan closes the conn to an open port")

		found, err = scan(b, b.Context(), new(net.Dialer).DialContext, "127.0.0.1", nil, 1, time.Hour).Result("Scan returns at once if there are no ports")
		b.NoError("no ports are no error", err)
		b.Equal("without ports nothing is found", list(), found)
	}, peer.Loopback)
}

func TestFiltered_R6(t *testing.T) {
	peer.Run(t, "R6: a port that does not answer within per is filtered", func(b *peer.Bench) {
		host := newCallees(b, "ports")
		host.opens("[2001:db8::7]:22", answer{after: 299 * ms})
		host.at["[2001:db8::7]:80"] = answer{after: 10 * ms, err: refusal}
		host.at["[2001:db8::7]:23"], host.at["[2001:db8::7]:443"] = answer{silent: true}, answer{silent: true}
		ports := []uint16{443, 22, 80, 23}
		found, err := host.scan(b.Context(), "2001:db8::7", ports, 2, 300*ms).Result("Scan returns when every dial has returned")
		b.NoError("a port that does not answer is a result, not an error", err)
		b.Equal("Scan dials each port of the host once, the two joined as an address",
			list("[2001:db8::7]:22", "[2001:db8::7]:23", "[2001:db8::7]:443", "[2001:db8::7]:80"), host.called())
		b.Equal("open, closed and filtered ports are told apart", table(ports, "filtered", "open", "closed", "filtered"), found)

		host = newCallees(b, "ports")
		host.others = answer{silent: true}
		var all []uint16
		for port := range uint16(1000) {
			all = append(all, port+1)
		}
		_, err = host.scan(b.Context(), "192.0.2.7", all, 50, 100*ms).Result("Scan returns when every dial has returned")
		b.NoError("no port answers, and that is a result", err)
		b.AtMost("no more dials than limit are in flight at once", host.most, 50)
		b.Equal("1000 silent ports, 50 at once, cost 20 times per", 2*time.Second, host.took())
	}, peer.Virtual)
}
