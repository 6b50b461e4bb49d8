package eyeballs_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"socketkata/harness/fault"
	"socketkata/harness/peer"
)

func TestMapped_R7(t *testing.T) {
	peer.Run(t, "R7: an IPv4-mapped IPv6 address counts as IPv4", func(b *peer.Bench) {
		b.Equal("a mapped address is IPv4 among IPv6",
			inOrder("2001:db8::6", "192.0.2.4", "2001:db8::7"),
			tried(b, "2001:db8::6", "2001:db8::7", "::ffff:192.0.2.4"))
		b.Equal("a mapped address is of one family with plain IPv4",
			inOrder("192.0.2.4", "2001:db8::6", "203.0.113.4"),
			tried(b, "::ffff:192.0.2.4", "203.0.113.4", "2001:db8::6"))
	}, peer.Virtual)
}

func TestListUnchanged_R8(t *testing.T) {
	peer.Run(t, "R8: the list that lookup returned stays unchanged", func(b *peer.Bench) {
		p := newPaths(b)
		for _, addr := range []string{"2001:db8::6", "192.0.2.4", "2001:db8::7", "::ffff:198.51.100.4", "203.0.113.4"} {
			p.fails(addr, ms, errRefused)
		}
		cache, before := slices.Clone(p.addrs), fmt.Sprint(p.addrs)
		p.list = cache[:4] // the rest belongs to somebody else
		_, err := p.start(b.Context(), "timetable.example:443", time.Hour).Result("Dial returns once every attempt has failed")
		b.Error("every attempt was refused", err)
		b.Equal("Dial tries each address of the list", inOrder("2001:db8::6", "192.0.2.4", "2001:db8::7", "198.51.100.4"), p.order())
		b.Equal("the resolver's memory is unchanged, behind the list as well", before, fmt.Sprint(cache))
	}, peer.Virtual)
}

func TestLateConn_R9(t *testing.T) {
	peer.Run(t, "R9: Dial closes a conn that comes too late", func(b *peer.Bench) {
		p := newPaths(b)
		late := p.connectsAnyway("2001:db8::6", 600*ms)
		server := p.connects("192.0.2.4", 340*ms) // at 590 ms
		later := p.connectsAnyway("2001:db8::7", 110*ms)
		c, err := p.start(b.Context(), "timetable.example:443", 250*ms).Result("Dial returns when every attempt has returned")
		b.NoError("the second address accepts first", err)
		b.Equal("Dial has waited for the last conn", 610*ms, p.took())
		late.ExpectEOF("Dial closes the conn that comes 10 ms after the winner")
		later.ExpectEOF("Dial closes the conn that comes after that as well")
		talk(b, p, c, server)

		for range 20 { // the scheduler decides whether one attempt sees that the other has won
			p = newPaths(b)
			one := p.connectsAnyway("2001:db8::6", 290*ms)
			other := p.connectsAnyway("192.0.2.4", 40*ms)
			two := p.answers[p.addrs[1]][0].conn
			c, err = p.start(b.Context(), "timetable.example:443", 250*ms).Result("Dial returns when two attempts succeed at one instant")
			b.NoError("both addresses accept", err)
			winner, loser := one, other
			if c == two {
				winner, loser = other, one
			}
			loser.ExpectEOF("of two conns that come at one instant, Dial closes one")
			talk(b, p, c, winner)
		}
	}, peer.Virtual)
}

func TestJoins_R10(t *testing.T) {
	peer.Run(t, "R10: Dial cancels the other attempts and waits until they have returned", func(b *peer.Bench) {
		p := newPaths(b)
		p.silent("2001:db8::6", 300*ms)
		p.silent("192.0.2.4", 30*ms)
		p.silent("2001:db8::6", 0) // two attempts at one address are in flight
		server := p.connects("198.51.100.4", 40*ms)
		p.answers[p.addrs[3]][0].conn.SetWriteDeadline(time.Now().Add(time.Hour))
		p.connects("2001:db8::7", 0)
		ctx := endsAfter(b, 900*ms) // after the success, at 790 ms
		c, err := p.start(ctx, "timetable.example:443", 250*ms).Result("Dial returns after it has canceled the other attempts")
		b.NoError("the fourth address accepted before ctx was done", err)
		b.Equal("no attempt is in flight when Dial returns", 0, p.running())
		b.Equal("the slower of the others returns 300 ms after the success", 1090*ms, p.took())
		b.Equal("a success ends the attempts",
			inOrder("2001:db8::6 at 0s", "192.0.2.4 at 250ms", "2001:db8::6 at 500ms", "198.51.100.4 at 750ms"), p.schedule())
		talk(b, p, c, server)
		b.Advance(time.Hour)
		_, err = c.Write([]byte("too late\n"))
		b.ErrorIs("the conn has the deadline that dial has set", err, os.ErrDeadlineExceeded)
	}, peer.Virtual)
}

func TestCancel_R11(t *testing.T) {
	peer.Run(t, "R11: a ctx that is done ends the call with its error", func(b *peer.Bench) {
		p := newPaths(b)
		p.silent("2001:db8::6", 20*ms)
		p.silent("192.0.2.4", 0)
		p.fails("2001:db8::7", 0, errRefused)
		ctx, cancel := context.WithCancelCause(b.Context())
		call := p.start(ctx, "timetable.example:443", 250*ms)
		b.Advance(333 * ms)
		b.Note("ctx is canceled")
		cancel(errors.New("the traveller has gone home"))
		c, err := call.Result("Dial returns after ctx is done")
		b.ErrorIs("the error says that ctx is done", err, context.Canceled)
		b.Equal("Dial returns no conn with an error", noConn, given(c))
		b.Equal("once ctx is done, no attempt starts", inOrder("2001:db8::6 at 0s", "192.0.2.4 at 250ms"), p.schedule())
		b.Equal("Dial waits for the attempts in flight, and no longer", 353*ms, p.took())

		p = newPaths(b)
		server, later := p.connectsAnyway("2001:db8::6", 340*ms), p.connectsAnyway("192.0.2.4", 140*ms)
		c, err = p.start(endsAfter(b, 300*ms), "timetable.example:443", 250*ms).Result("Dial returns after ctx is done")
		b.ErrorIs("ctx was done before the attempt succeeded", err, context.DeadlineExceeded)
		b.Equal("Dial returns no conn with an error", noConn, given(c))
		server.ExpectEOF("Dial closes a conn that comes after ctx is done")
		later.ExpectEOF("Dial closes the next one as well")

		p = newPaths(b)
		p.fails("2001:db8::6", 10*ms, errRefused)
		p.silent("192.0.2.4", 0)
		_, err = p.start(endsAfter(b, 50*ms), "timetable.example:443", 250*ms).Result("Dial returns after ctx is done")
		b.ErrorIs("ctx was done before the last attempt returned", err, context.DeadlineExceeded)

		p = newPaths(b)
		p.mute = true
		_, err = p.start(endsAfter(b, 50*time.Minute), "timetable.example:443", 250*ms).Result("Dial returns after ctx's timeout, during the lookup")
		b.Equal("Dial waits for the lookup, which returns 20 ms after ctx is done", 50*time.Minute+20*ms, p.took())
		b.ErrorIs("ctx was done during the lookup: the error says that, whatever lookup returned", err, context.DeadlineExceeded)

		p = newPaths(b)
		server = p.connectsAnyway("2001:db8::6", 40*ms)
		c, err = p.start(endsAfter(b, 40*ms), "timetable.example:443", 250*ms).Result("Dial returns if ctx is done at the instant of the success")
		either(b, p, c, err, server)

		p = newPaths(b)
		p.fails("2001:db8::6", 10*ms, errDeadline)
		server = p.connects("192.0.2.4", 40*ms)
		c, err = p.start(b.Context(), "timetable.example:443", time.Hour).Result("Dial returns when the second attempt succeeds")
		b.NoError("an attempt that fails by a deadline of its own is like any other", err)
		b.Equal("it starts the next one at once", 50*ms, p.took())
		talk(b, p, c, server)
	}, peer.Virtual)
}

// endsAfter returns a ctx with a timeout.
func endsAfter(b *peer.Bench, d time.Duration) context.Context {
	ctx, stop := context.WithTimeout(b.Context(), d)
	context.AfterFunc(b.Context(), stop)
	time.AfterFunc(d, func() { b.Note("ctx is done") })
	return ctx
}

// either checks a call whose ctx was done at the instant of the success.
func either(b *peer.Bench, p *paths, c net.Conn, err error, server *peer.Peer) {
	b.Helper()
	if err == nil {
		b.Equal("if Dial succeeds, it returns the conn", ofDial, p.origin(c))
		return
	}
	b.ErrorIs("if Dial fails, the error says that ctx is done", err, context.DeadlineExceeded)
	b.Equal("Dial returns no conn with an error", noConn, given(c))
	server.ExpectEOF("if Dial fails, it closes the conn")
}

func TestNothingToTry_R12(t *testing.T) {
	peer.Run(t, "R12: Dial returns an error if there is no address to try", func(b *peer.Bench) {
		p := newPaths(b)
		p.noList = errDeadline
		p.fails("2001:db8::6", 0, errRefused)
		c, err := p.start(b.Context(), "tiemtable.example:443", time.Hour).Result("Dial returns when the lookup fails")
		b.ErrorIs("the error wraps that of lookup", err, errDeadline)
		b.Equal("Dial returns no conn with an error", noConn, given(c))
		b.Equal("Dial does not use a list that comes with an error", inOrder(), p.dialed())

		empty := newPaths(b)
		empty.list = []netip.Addr{} // not nil
		c, err = empty.start(b.Context(), "timetable.example:443", time.Hour).Result("Dial returns when the list is empty")
		b.Error("a name without addresses is an error", err)
		b.Equal("Dial returns no conn with an error", noConn, given(c))
		b.Equal("a lookup without a result is not repeated",
			inOrder("ip tiemtable.example")+inOrder("ip timetable.example"), p.lookups()+empty.lookups())

		p = newPaths(b)
		p.fails("2001:db8::6", 0, errRefused)
		_, err = p.start(b.Context(), "timetable.example", time.Hour).Result("Dial returns if the port is missing")
		b.Error("a missing port is an error", err)
		_, err = p.start(b.Context(), "timetable.example:65536", time.Hour).Result("Dial returns if the port is too large")
		b.Error("no port is larger than 65535", err)
		_, err = p.start(b.Context(), "2001:db8::6:443", time.Hour).Result("Dial returns if an IPv6 address is not in brackets")
		b.Error("an IPv6 address must be in brackets", err)
		b.Equal("Dial makes no attempt if it cannot parse hostport", inOrder(), p.dialed())
	}, peer.Loopback)
}

func TestLiteral_R13(t *testing.T) {
	peer.Run(t, "R13: an address needs no lookup, and a port may have a name", func(b *peer.Bench) {
		p := newPaths(b)
		p.noList = errNoSuchHost
		for _, hostport := range []string{"192.0.2.4:65535", "[2001:db8::6]:8080", "[fe80::6%eth0]:22", "[2001:db8::6]:https"} {
			_, err := p.start(b.Context(), hostport, time.Hour).Result("Dial returns when its only attempt fails")
			b.ErrorIs("the only attempt is refused", err, errRefused)
		}
		b.Equal("an address needs no lookup", inOrder(), p.lookups())
		b.Equal("Dial dials the addresses as they are, zone included",
			inOrder("192.0.2.4:65535", "[2001:db8::6]:8080", "[fe80::6%eth0]:22", "[2001:db8::6]:443"), p.dialed())

		p = newPaths(b)
		p.fails("203.0.113.4", 0, errRefused)
		_, err := p.start(b.Context(), "timetable.example:gopher", time.Hour).Result("Dial returns when the attempt fails")
		b.ErrorIs("the only attempt is refused", err, errRefused)
		b.Equal("the port of gopher is 70", inOrder("203.0.113.4:70"), p.dialed())
	}, peer.Loopback)
}

// A slowToClose conn needs a moment to say goodbye, as one with TLS does.
type slowToClose struct{ net.Conn }

func (c slowToClose) Close() error {
	<-time.After(ms)
	return c.Conn.Close()
}

func TestNothingLeft_R14(t *testing.T) {
	peer.Run(t, "R14: concurrent calls do not mix, and a finished call leaves nothing behind", func(b *peer.Bench) {
		ctx := b.CountingContext()
		p, q, r := newPaths(b), newPaths(b), newPaths(b)
		late, conn := b.PairAs("server")
		p.add("2001:db8::6", answer{after: 300 * ms, conn: slowToClose{fault.FailClose(errGone)(conn)}, deaf: true})
		server := p.connects("192.0.2.4", 40*ms)
		p.connects("2001:db8::7", 40*ms)
		q.fails("203.0.113.4", 260*ms, errRefused)
		q.fails("2001:db8::9", 20*ms, errUnreachable)
		r.noList = errNoSuchHost
		p.slow = 10 * ms
		timetable := p.start(ctx, "timetable.example:443", 250*ms)
		b.Settle() // during the first lookup
		tickets := q.start(ctx, "timetable.example:443", 250*ms)
		_, err := r.start(ctx, "tiemtable.example:443", 250*ms).Result("Dial returns when the lookup fails")
		b.ErrorIs("the error wraps that of lookup", err, errNoSuchHost)
		_, err = tickets.Result("Dial returns when both attempts have failed")
		b.ErrorIs("the first address refuses", err, errRefused)
		b.Equal("one call's attempts are its own", inOrder("203.0.113.4 at 0s", "2001:db8::9 at 250ms"), q.schedule())
		b.Equal("the error does not name the other call's addresses", inOrder(), held(err, p))
		c, err := timetable.Result("Dial returns when the attempt succeeds")
		b.NoError("the second address accepts", err)
		b.Settle()
		b.Equal("no goroutine is left when both calls have returned", 0, b.Goroutines())
		late.ExpectEOF("Dial has closed the conn that came after the winner")
		ctx.ExpectReleased("a call that has returned leaves nothing registered on ctx")
		b.Advance(time.Hour)
		b.Equal("no attempt starts after Dial has returned", inOrder("2001:db8::6 at 10ms", "192.0.2.4 at 260ms"), p.schedule())
		talk(b, p, c, server)
	}, peer.Virtual)
}
