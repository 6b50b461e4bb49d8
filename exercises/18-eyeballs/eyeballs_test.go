package eyeballs_test

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"socketkata/harness/peer"
)

const ms = time.Millisecond

func TestConnects_R1(t *testing.T) {
	peer.Run(t, "R1: Dial looks up the name and connects to its address", func(b *peer.Bench) {
		host := b.Listen()
		p := newPaths(b)
		p.add("2001:db8::6", answer{addr: host.Addr()})
		c, err := p.start(b.Context(), "timetable.example:443", time.Hour).Result("Dial returns when the attempt succeeds")
		b.NoError("the server accepts", err)
		b.Equal("Dial returns a conn", aConn, given(c))
		defer c.Close()
		b.Equal("Dial looks up the host once, without its port", inOrder("ip timetable.example"), p.lookups())
		b.Equal("Dial dials the address that lookup returned, with the port", inOrder("[2001:db8::6]:443"), p.dialed())
		talk(b, p, c, host.Accept("Dial connects to the server"))
	}, peer.Loopback)
}

func TestFailureStartsNext_R2(t *testing.T) {
	peer.Run(t, "R2: a failed attempt starts the next one at once", func(b *peer.Bench) {
		p := newPaths(b)
		p.fails("2001:db8::6", 10*ms, errUnreachable)
		p.fails("192.0.2.4", 20*ms, errRefused)
		server := p.connects("2001:db8::7", 40*ms)
		p.fails("198.51.100.4", 0, errRefused)
		c, err := p.start(b.Context(), "timetable.example:443", 250*ms).Result("Dial returns when an attempt succeeds")
		b.NoError("the third address accepts", err)
		b.Equal("each failure starts the next attempt at once",
			inOrder("2001:db8::6 at 0s", "192.0.2.4 at 10ms", "2001:db8::7 at 30ms"), p.schedule())
		b.Equal("Dial returns the instant an attempt succeeds", 70*ms, p.took())
		talk(b, p, c, server)
	}, peer.Virtual)
}

func TestOrder_R3(t *testing.T) {
	peer.Run(t, "R3: the families alternate, beginning with that of the first address", func(b *peer.Bench) {
		b.Equal("IPv6 and IPv4 alternate, and each keeps its order",
			inOrder("2001:db8::9", "203.0.113.4", "2001:db8::6", "192.0.2.4", "2001:db8::7"),
			tried(b, "2001:db8::9", "2001:db8::6", "2001:db8::7", "203.0.113.4", "192.0.2.4"))
		b.Equal("IPv4 comes first if lookup prefers it",
			inOrder("203.0.113.4", "2001:db8::6", "192.0.2.4", "198.51.100.4"),
			tried(b, "203.0.113.4", "192.0.2.4", "198.51.100.4", "2001:db8::6"))
		b.Equal("the addresses of a single family keep their order, duplicates included",
			inOrder("203.0.113.4", "192.0.2.4", "192.0.2.4", "203.0.113.4"), tried(b, "203.0.113.4", "192.0.2.4", "192.0.2.4", "203.0.113.4"))
		b.Equal("an IPv6 address keeps its zone",
			inOrder("2001:db8::6", "192.0.2.4", "fe80::7%eth0.4"), tried(b, "2001:db8::6", "fe80::7%eth0.4", "192.0.2.4"))
		list, order := crowd()
		b.Equal("a list may be long", inOrder(order...), tried(b, list...))
	}, peer.Virtual)
}

// crowd returns a list of 20 addresses, and the order of the attempts.
func crowd() (list, order []string) {
	for i := range 10 {
		pair := []string{fmt.Sprintf("2001:db8::%d", i+1), fmt.Sprintf("192.0.2.%d", i+1)}
		order = append(order, pair...)
		if i%2 == 1 {
			slices.Reverse(pair)
		}
		list = append(list, pair...)
	}
	return list, order
}

func TestSilenceDelaysNext_R4(t *testing.T) {
	peer.Run(t, "R4: a silent address delays the next attempt by exactly the delay", func(b *peer.Bench) {
		p := newPaths(b)
		p.slow = 100 * ms
		p.silent("2001:db8::6", 0)
		p.silent("192.0.2.4", 0)
		p.fails("2001:db8::7", 30*ms, errRefused)
		p.silent("198.51.100.4", 0)
		server := p.connects("203.0.113.4", 40*ms)
		call := p.start(b.Context(), "timetable.example:443", 400*ms)
		b.Advance(1350 * ms)
		b.Equal("each attempt starts when the delay has passed since the one before, or when that fails",
			inOrder("2001:db8::6 at 100ms", "192.0.2.4 at 500ms", "2001:db8::7 at 900ms", "198.51.100.4 at 930ms", "203.0.113.4 at 1.33s"), p.schedule())
		c, err := call.Result("Dial returns when an attempt succeeds")
		b.NoError("the last address accepts", err)
		b.Equal("Dial returns the instant an attempt succeeds", 1370*ms, p.took())
		talk(b, p, c, server)

		for _, delay := range []time.Duration{time.Microsecond, 50 * time.Minute} {
			p := newPaths(b)
			_, addrs := crowd()
			var want []string
			for i, addr := range addrs {
				p.silent(addr, 0)
				want = append(want, fmt.Sprintf("%s at %v", addr, time.Duration(i)*delay))
			}
			server := p.connects("203.0.113.4", 0)
			call := p.start(b.Context(), "timetable.example:443", delay)
			b.Advance(19 * delay)
			b.Equal("the delay may be short or long, and many attempts in flight", inOrder(want...), p.schedule())
			c, err := call.Result("Dial returns when an attempt succeeds")
			b.NoError("the last address accepts", err)
			talk(b, p, c, server)
		}
	}, peer.Virtual)
}

func TestEarlierWins_R5(t *testing.T) {
	peer.Run(t, "R5: earlier attempts go on after the next one has started", func(b *peer.Bench) {
		p := newPaths(b)
		server := p.connects("2001:db8::6", 600*ms)
		p.silent("192.0.2.4", 0)
		p.silent("2001:db8::7", 0)
		p.connects("198.51.100.4", 40*ms)
		c, err := p.start(b.Context(), "timetable.example:443", 250*ms).Result("Dial returns when an attempt succeeds")
		b.NoError("the first address accepts, though late", err)
		b.Equal("Dial returns the instant the first attempt succeeds", 600*ms, p.took())
		talk(b, p, c, server)

		p = newPaths(b)
		server = p.connects("2001:db8::6", 50*time.Minute)
		p.fails("192.0.2.4", 10*ms, errRefused)
		call := p.start(b.Context(), "timetable.example:443", 250*ms)
		b.Advance(10 * time.Second)
		call.ExpectPending("Dial waits for a slow attempt when no address is left")
		c, err = call.Result("Dial returns when the slow attempt succeeds")
		b.NoError("the first address accepts, though late", err)
		b.Equal("Dial returns the instant the first attempt succeeds", 50*time.Minute, p.took())
		talk(b, p, c, server)

		p = newPaths(b)
		p.fails("2001:db8::6", 400*ms, errUnreachable)
		p.silent("192.0.2.4", 0)
		p.silent("2001:db8::7", 0)
		p.connects("198.51.100.4", 40*ms)
		_, err = p.start(b.Context(), "timetable.example:443", 250*ms).Result("Dial returns when an attempt succeeds")
		b.NoError("the fourth address accepts", err)
		b.Equal("an earlier attempt that fails starts the next one as well",
			inOrder("2001:db8::6 at 0s", "192.0.2.4 at 250ms", "2001:db8::7 at 400ms", "198.51.100.4 at 650ms"), p.schedule())
	}, peer.Virtual)
}

func TestAllFail_R6(t *testing.T) {
	peer.Run(t, "R6: if every attempt fails, the error has each error and each address", func(b *peer.Bench) {
		p := newPaths(b)
		p.fails("2001:db8::6", 300*ms, errUnreachable)
		p.fails("192.0.2.4", 10*ms, errRefused)
		p.fails("2001:db8::7", 90*ms, errDeadline)
		p.fails("192.0.2.4", 70*ms, errCanceled)
		c, err := p.start(b.Context(), "timetable.example:443", 250*ms).Result("Dial returns once every attempt has failed")
		b.Error("no address accepts", err)
		b.Equal("Dial returns no conn with an error", noConn, given(c))
		b.Equal("Dial returns the instant the last attempt fails", 370*ms, p.took())
		b.ErrorIs("the error wraps that of the first address", err, errUnreachable)
		b.ErrorIs("the error wraps that of the second address", err, errRefused)
		b.ErrorIs("the error wraps that of the third address", err, errDeadline)
		b.ErrorIs("the error wraps that of the second attempt at one address", err, errCanceled)
		b.Equal("the text of the error holds each address", inOrder("2001:db8::6", "192.0.2.4", "2001:db8::7", "192.0.2.4"), held(err, p))

		for _, addrs := range [][]string{{"203.0.113.4"}, {"203.0.113.4", "2001:db8::9"}} {
			other := newPaths(b)
			for _, addr := range addrs {
				other.fails(addr, ms, errRefused)
			}
			_, again := other.start(b.Context(), "tickets.example:443", 250*ms).Result("Dial returns once each attempt has failed")
			b.ErrorIs("each address refuses", again, errRefused)
			b.Equal("the error of a later call is its own", inOrder(), held(again, p))
			b.Equal("the text holds the only address, and both if their errors are equal", inOrder(addrs...), held(again, other))
		}
	}, peer.Virtual)
}

// held returns which of the addresses that were tried are in the text of err.
func held(err error, p *paths) sequence {
	var in []string
	for _, addr := range p.addrs {
		if strings.Contains(err.Error(), addr.String()) {
			in = append(in, addr.String())
		}
	}
	return inOrder(in...)
}

// A result says which conn Dial returned.
type result string

const (
	noConn result = "no conn"
	aConn  result = "a conn"
	ofDial result = "a conn that dial returned"
)

func given(c net.Conn) result {
	if c == nil {
		return noConn
	}
	return aConn
}

// origin says whether an attempt returned this conn.
func (p *paths) origin(c net.Conn) result {
	p.mu.Lock()
	defer p.mu.Unlock()
	if slices.Contains(p.made, c) {
		return ofDial
	}
	return "another conn"
}
