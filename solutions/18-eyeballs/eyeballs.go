// Package eyeballs connects to a name although some of its addresses are dead:
// it tries them one after the other without waiting for the slow ones. The idea
// is called Happy Eyeballs (RFC 8305). Looking up the two families separately is
// left out.
package eyeballs

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// A LookupFunc returns the addresses of a host, the preferred ones first.
// net.DefaultResolver.LookupNetIP is one. It returns soon after ctx is done.
type LookupFunc func(ctx context.Context, network, host string) ([]netip.Addr, error)

// A DialFunc connects to one address. It returns soon after ctx is done, with an
// error or with a conn that was just made. Once it has returned a conn, ctx no
// longer affects that conn. With a ctx that is already done it does not try to
// connect and returns an error.
type DialFunc func(ctx context.Context, to netip.AddrPort) (net.Conn, error)

// Dial connects to hostport, such as "timetable.example:443" or
// "[fe80::1%eth0]:ssh". An IPv6 address must be in brackets.
//
// If the host is an address, that is the only one to try, zone included. If it
// is a name, Dial calls lookup once, with the network "ip", and waits until it
// returns, however long that takes. If ctx is done or hostport cannot be parsed,
// Dial need not call lookup. The port is a number up to 65535 or the name of a TCP
// service. Neither host nor port is empty.
//
// Dial tries each address of lookup's list, duplicates included, in the order of
// RFC 8305 §4: the families alternate, beginning with the family of the first
// address; when one family has no more addresses, the rest of the other follows.
// Addresses of one family keep their order. An IPv4-mapped IPv6 address, such as
// ::ffff:192.0.2.4, counts as IPv4; dial may get it in either form, and an error
// may name it in either form. The list and the memory behind it stay unchanged.
//
// One attempt is one call of dial with a ctx that is not done yet. The first
// starts at once. Each further one starts when delay has passed since the latest
// start, or as soon as any attempt fails; if several of these happen at one
// instant, at least one attempt starts and at most one for each, and either address
// may be the first. Earlier attempts go on meanwhile, however long they take.
//
// The first attempt to succeed wins: Dial starts no more, cancels the ctx of the
// others, waits until they have returned, and returns the winner's conn, just as
// dial returned it, even if ctx is done by then. If another attempt succeeds all
// the same, Dial closes that conn. Of attempts that succeed at the same instant any
// may win. An attempt that is due at the instant of the success may start.
//
// With an error, Dial returns no conn. The error is or wraps, of these, the first
// that applies:
//   - ctx.Err() if ctx is done before an attempt succeeds. Dial then starts no
//     more attempts, cancels the others, waits until they have returned, and
//     closes the conns of those that succeed all the same. If ctx is done at the
//     instant of a success, Dial may return either;
//   - the error of lookup if that fails, even if a list comes with it;
//   - if every attempt fails, the error of each. The text then holds each
//     address.
//
// For an empty list and a hostport that cannot be parsed, any error will do. Dial
// then makes no attempt.
//
// When Dial returns, nothing of the call is left: no goroutine, nothing
// registered on ctx, and no conn but the winner's. The delay is positive. Dial
// may be called concurrently.
func Dial(ctx context.Context, lookup LookupFunc, dial DialFunc, hostport string, delay time.Duration) (net.Conn, error) {
	to, err := resolve(ctx, lookup, hostport)
	var c net.Conn
	if err == nil {
		c, err = race(ctx, dial, to, delay)
	}
	switch {
	case c != nil: // even if ctx is done by now
		return c, nil
	case ctx.Err() != nil: // what failed, failed because of it
		err = ctx.Err()
	}
	return nil, fmt.Errorf("dial %s: %w", hostport, err)
}

// resolve returns what to dial, in order. It is not empty.
func resolve(ctx context.Context, lookup LookupFunc, hostport string) ([]netip.AddrPort, error) {
	host, service, err := net.SplitHostPort(hostport) // a colon may be part of the address
	if err != nil {
		return nil, err
	}
	port, err := net.DefaultResolver.LookupPort(ctx, "tcp", service)
	if err != nil {
		return nil, err
	}
	var addrs []netip.Addr
	if a, err := netip.ParseAddr(host); err == nil {
		addrs = []netip.Addr{a}
	} else if addrs, err = lookup(ctx, "ip", host); err != nil {
		return nil, err
	}
	if len(addrs) == 0 {
		return nil, errors.New("the name has no addresses")
	}
	var to []netip.AddrPort
	for _, a := range interleave(addrs) {
		to = append(to, netip.AddrPortFrom(a, uint16(port)))
	}
	return to, nil
}

// interleave returns the addresses in the order of the attempts.
func interleave(addrs []netip.Addr) []netip.Addr {
	var first, second []netip.Addr // new slices: addrs may be a resolver's cache
	for _, a := range addrs {
		if isIPv4(a) == isIPv4(addrs[0]) { // RFC 8305 §4: not always IPv6
			first = append(first, a)
		} else {
			second = append(second, a)
		}
	}
	var mixed []netip.Addr
	for i := range max(len(first), len(second)) { // either may be the longer one
		if i < len(first) {
			mixed = append(mixed, first[i])
		}
		if i < len(second) {
			mixed = append(mixed, second[i])
		}
	}
	return mixed
}

// isIPv4 is true for mapped addresses, too: Go's resolver returns IPv4 in that
// form.
func isIPv4(a netip.Addr) bool { return a.Unmap().Is4() }

// A result is what became of one attempt.
type result struct {
	to   netip.AddrPort
	conn net.Conn
	err  error
}

// race makes the attempts and returns the first conn, or why each attempt failed.
// It alone decides: the goroutines of the attempts only report.
func race(ctx context.Context, dial DialFunc, to []netip.AddrPort, delay time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // after errors, too: ctx's parent may live for long
	results := make(chan result)
	timer := time.NewTimer(delay)
	started, inFlight := 0, 0
	start := func() {
		if started == len(to) || ctx.Err() != nil { // failures of canceled attempts start none
			return
		}
		go attempt(ctx, dial, to[started], results)
		started, inFlight = started+1, inFlight+1
		timer.Reset(delay) // the delay counts from the latest start
	}

	var winner net.Conn
	var failures []error
	for start(); inFlight > 0; { // until every attempt has returned
		select {
		case <-timer.C:
			start() // the earlier attempts go on
		case r := <-results:
			inFlight--
			switch {
			case r.err != nil:
				failures = append(failures, fmt.Errorf("%s: %w", r.to, r.err))
				start() // no reason to wait any longer
			case ctx.Err() == nil: // neither won nor given up
				winner = r.conn
				cancel()
			default:
				r.conn.Close() // it came too late
			}
		}
	}
	return winner, errors.Join(failures...)
}

func attempt(ctx context.Context, dial DialFunc, to netip.AddrPort, results chan<- result) {
	c, err := dial(ctx, to)
	results <- result{to, c, err}
}
