package eyeballs_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	eyeballs "socketkata/exercises/18-eyeballs"
	"socketkata/harness/peer"
)

// Errors of lookups and attempts.
var (
	errNoSuchHost  = errors.New("no such host")
	errRefused     = errors.New("connection refused")
	errUnreachable = errors.New("network is unreachable")
	errDeadline    = fmt.Errorf("no answer: %w", context.DeadlineExceeded) // a deadline of dial's own
	errCanceled    = fmt.Errorf("dialer closed: %w", context.Canceled)
	errGone        = errors.New("broken pipe")
	errGivenUp     = errors.New("i/o timeout") // ctx is done; like many errors of package net, it does not say so
)

// paths is the network between the client and the servers of one name: what a
// lookup answers, and what becomes of an attempt at each address. The script
// describes it before it calls Dial.
type paths struct {
	b       *peer.Bench
	addrs   []netip.Addr            // what lookup returns, in a copy
	list    []netip.Addr            // or, if it is set, as it is
	noList  error                   // or with what it fails
	mute    bool                    // lookup returns 20 ms after its ctx is done, not before
	slow    time.Duration           // how long lookup takes
	answers map[netip.Addr][]answer // an address may be in the list twice

	mu       sync.Mutex
	began    time.Duration // when start was called
	asked    []string      // lookups: "ip timetable.example"
	attempts []attempt     // in the order in which they started
	inFlight int           // attempts that have not returned
	made     []net.Conn    // by attempts, in the order in which they succeeded
}

// An answer is what becomes of an attempt. The zero value is silence until the
// ctx of the attempt is done. Attempts at addresses without an answer are refused.
type answer struct {
	after  time.Duration // since the start of the attempt
	conn   net.Conn      // it connects
	addr   string        // it dials this address, over the real network
	err    error         // it fails
	deaf   bool          // it comes even if ctx is done
	linger time.Duration // how long the attempt takes to return when ctx is done
}

// An attempt is one call of dial with a ctx that is not done.
type attempt struct {
	to netip.AddrPort
	at time.Duration // since start
}

// A sequence is a list that a failure shows as a whole: a string is shown as
// bytes, and cut.
type sequence string

func inOrder(items ...string) sequence { return sequence("[" + strings.Join(items, ", ") + "]") }

// newPaths returns the network of a name without addresses.
func newPaths(b *peer.Bench) *paths { return &paths{b: b, answers: map[netip.Addr][]answer{}} }

// add adds an address to the end of lookup's list.
func (p *paths) add(addr string, a answer) {
	ip := netip.MustParseAddr(addr)
	p.addrs = append(p.addrs, ip)
	p.answers[ip.Unmap()] = append(p.answers[ip.Unmap()], a)
}

// connects adds an address at which an attempt succeeds, and returns the
// server's end of the conn.
func (p *paths) connects(addr string, after time.Duration) *peer.Peer {
	server, conn := p.b.PairAs("server")
	p.add(addr, answer{after: after, conn: conn})
	return server
}

// connectsAnyway is connects for an attempt that succeeds even if its ctx is
// done by then: the server's answer was faster than the news.
func (p *paths) connectsAnyway(addr string, after time.Duration) *peer.Peer {
	server, conn := p.b.PairAs("server")
	p.add(addr, answer{after: after, conn: conn, deaf: true})
	return server
}

// fails adds an address at which an attempt fails.
func (p *paths) fails(addr string, after time.Duration, err error) {
	p.add(addr, answer{after: after, err: err})
}

// silent adds an address that does not answer. The attempt returns this long
// after its ctx is done.
func (p *paths) silent(addr string, linger time.Duration) {
	p.add(addr, answer{linger: linger})
}

// start calls Dial.
func (p *paths) start(ctx context.Context, hostport string, delay time.Duration) *peer.Call[net.Conn] {
	p.began = p.b.Elapsed()
	return peer.Start(p.b, "Dial", func() (net.Conn, error) {
		return eyeballs.Dial(ctx, p.lookup, p.dial, hostport, delay)
	})
}

func (p *paths) lookup(ctx context.Context, network, host string) ([]netip.Addr, error) {
	p.mu.Lock()
	p.asked = append(p.asked, network+" "+host)
	p.mu.Unlock()
	if p.slow > 0 {
		<-time.After(p.slow)
		p.b.Note("lookup answers")
	}
	if p.mute {
		<-ctx.Done()
		<-time.After(20 * time.Millisecond)
		p.b.Note("lookup fails: " + errGivenUp.Error())
		return nil, errGivenUp
	}
	if p.list != nil {
		return p.list, p.noList
	}
	return slices.Clone(p.addrs), p.noList
}

func (p *paths) dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	if ctx.Err() != nil {
		return nil, errGivenUp // not an attempt
	}
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port()) // a mapped address is as good
	p.started(to)
	a := p.answer(to.Addr())
	var c net.Conn
	var err error
	if a.addr == "" {
		c, err = a.await(ctx)
	} else {
		c, err = new(net.Dialer).DialContext(ctx, "tcp", a.addr)
	}
	p.returned(ctx, to, c, err)
	return c, err
}

// answer returns what becomes of the next attempt at an address. Its last answer
// is that of all further attempts.
func (p *paths) answer(ip netip.Addr) answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.answers[ip]
	if len(all) == 0 {
		return answer{err: errRefused}
	}
	if len(all) > 1 {
		p.answers[ip] = all[1:]
	}
	return all[0]
}

// await waits for the answer.
func (a answer) await(ctx context.Context) (net.Conn, error) {
	answered, done := time.After(a.after), ctx.Done()
	if a.conn == nil && a.err == nil {
		answered = nil
	}
	if a.deaf {
		done = nil
	}
	select {
	case <-answered:
		return a.conn, a.err
	case <-done:
		if a.linger > 0 {
			<-time.After(a.linger)
		}
		return nil, errGivenUp
	}
}

func (p *paths) started(to netip.AddrPort) {
	at := p.took()
	p.b.Note(fmt.Sprintf("dial %v at %v", to.Addr(), at))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.attempts = append(p.attempts, attempt{to, at})
	p.inFlight++
}

func (p *paths) returned(ctx context.Context, to netip.AddrPort, c net.Conn, err error) {
	outcome := "connected"
	switch err {
	case nil:
	case errGivenUp:
		outcome = strings.TrimPrefix(ctx.Err().Error(), "context ") // canceled or a deadline
	default:
		outcome = err.Error()
	}
	p.b.Note(to.Addr().String() + ": " + outcome)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inFlight--
	if c != nil {
		p.made = append(p.made, c)
	}
}

// took returns how long ago Dial was called.
func (p *paths) took() time.Duration { return p.b.Elapsed() - p.began }

// lookups returns network and host of each lookup.
func (p *paths) lookups() sequence {
	p.mu.Lock()
	defer p.mu.Unlock()
	return inOrder(p.asked...)
}

// schedule returns the address of each attempt and when it started.
func (p *paths) schedule() sequence {
	return p.join(func(a attempt) string { return fmt.Sprintf("%v at %v", a.to.Addr(), a.at) })
}

// order returns the address of each attempt. An attempt must not start before
// the one in front of it has failed.
func (p *paths) order() sequence {
	last := time.Duration(-1)
	return p.join(func(a attempt) string {
		early := ""
		if a.at == last {
			early = " at the same instant"
		}
		last = a.at
		return a.to.Addr().String() + early
	})
}

// dialed returns the address and port of each attempt.
func (p *paths) dialed() sequence { return p.join(func(a attempt) string { return a.to.String() }) }

func (p *paths) join(describe func(attempt) string) sequence {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for _, a := range p.attempts {
		all = append(all, describe(a))
	}
	return inOrder(all...)
}

// running returns how many attempts have not returned.
func (p *paths) running() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.inFlight
}

// tried calls Dial for a name with these addresses, all of which refuse, and
// returns the order of the attempts.
func tried(b *peer.Bench, addrs ...string) sequence {
	b.Helper()
	p := newPaths(b)
	for _, addr := range addrs {
		p.fails(addr, time.Millisecond, errRefused)
	}
	_, err := p.start(b.Context(), "timetable.example:443", time.Hour).Result("Dial returns once every attempt has failed")
	b.Error("every attempt was refused", err)
	return p.order()
}

// talk sends a line each way on the conn that Dial returned.
func talk(b *peer.Bench, p *paths, c net.Conn, server *peer.Peer) {
	b.Helper()
	b.Equal("Dial returns a conn", aConn, given(c))
	b.Equal("Dial returns the conn just as dial returned it", ofDial, p.origin(c))
	b.Until("nothing of the call is running any more", b.AtRest) // it might close the conn
	server.Send("departures\n")
	heard, err := peer.Start(b, "conn.Read", func() (string, error) {
		buf := make([]byte, 100)
		n, err := c.Read(buf)
		return string(buf[:n]), err
	}).Result("a read on the conn returns what the server has sent")
	b.NoError("the conn is open after Dial has returned", err)
	b.Equal("a read on the conn returns what the server has sent", "departures\n", heard)
	_, err = c.Write([]byte("thanks\n"))
	b.NoError("the conn is open after Dial has returned", err)
	server.Expect("what is written to the conn arrives at the server", "thanks\n")
}
