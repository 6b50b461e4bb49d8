// Package fanout makes many calls at once under one budget: it collects all
// their results, takes the first that is good, or scans ports. This is
// structured concurrency: what a function starts has ended when it returns.
package fanout

import (
	"cmp"
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"
)

// A DialFunc connects to an address. net.Dialer.DialContext is one. It returns
// soon after ctx is done, with an error or with a conn that was just made. If it
// fails because ctx's deadline is due, the error is context.DeadlineExceeded or
// os.ErrDeadlineExceeded (by errors.Is); ctx itself may be done a moment later.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// A State is what Scan finds out about a port.
type State string

const (
	Open     State = "open"     // it accepts conns
	Closed   State = "closed"   // it refuses them
	Filtered State = "filtered" // it does not answer
)

// Gather makes one call for each target, duplicates included, and returns the
// results in the order of the targets. While targets are left, it keeps limit calls
// in flight: as soon as one returns, the next one starts. In which order they start
// is up to you. Without targets there are no results; if ctx is done, its error is
// right, too.
//
// When a call fails, Gather starts no more calls, cancels the others and returns
// the error: the first, bare or wrapped, and none that came later. If ctx is done
// before a call fails, Gather starts no more calls, and its error is or wraps
// ctx.Err(). If the calls for all targets succeed all the same, Gather may return
// the results. With an error, it returns no results: they should be values that
// nobody has to close.
//
// If a call panics, Gather starts no more calls, cancels the others and panics
// with the same value, even if a call has failed or ctx is done before; if several
// panic, any of their values will do. Of what happens at the same instant, any may
// count as the first.
//
// The calls get a ctx derived from ctx, and return soon after it is done. When
// Gather ends, in whatever way, every call has returned and nothing is left: no
// goroutine, and nothing registered on ctx. The limit is between 1 and 65,535 and
// belongs to this call: concurrent calls of Gather do not share it.
func Gather[T any](ctx context.Context, limit int, targets []string, call func(ctx context.Context, target string) (T, error)) ([]T, error) {
	callCtx, cancel := context.WithCancel(ctx)
	defer cancel() // after a success, too: ctx may live for long
	outcomes := make(chan outcome[T])
	results := make([]T, len(targets))
	started, inFlight, succeeded := 0, 0, 0
	var failure error
	var panics any
	for {
		for inFlight < limit && started < len(targets) && callCtx.Err() == nil {
			go run(callCtx, call, targets, started, outcomes)
			started, inFlight = started+1, inFlight+1
		}
		if inFlight == 0 { // every call has returned
			break
		}
		o := <-outcomes
		inFlight--
		switch {
		case o.panics != nil:
			panics = cmp.Or(panics, o.panics) // the first
			cancel()
		case o.err == nil:
			results[o.index] = o.value // at its target's place, whenever it comes
			succeeded++
		case callCtx.Err() == nil: // not an echo of the cancel
			failure = o.err
			cancel()
		}
	}
	switch {
	case panics != nil:
		panic(panics) // here the caller can recover it
	case failure != nil: // even if ctx is done by now
		return nil, failure
	case succeeded < len(targets):
		return nil, ctx.Err()
	}
	return results, nil
}

// FirstOK returns the first result that is good. It makes one call for each
// target, duplicates included, in order; of two that start at one instant, either
// may be the first. The first call starts at once. The next one starts when hedge
// has passed since the latest start, and one more for each call that fails; if a
// failure and the hedge fall on one instant, one or two may start. Earlier calls
// go on meanwhile.
//
// The first call that succeeds wins: FirstOK starts no more, cancels the others,
// and returns the winner's result. If others succeed all the same, FirstOK
// passes each of their results to discard, once: it may be a conn to close.
// FirstOK may call discard from several goroutines at once.
//
// Otherwise there is no result but the zero value, and an error. It is or wraps
//   - ctx.Err() if ctx is done before a call succeeds and before all have failed.
//     FirstOK then starts no more calls. It may return one result that still comes,
//     and no error; it discards all others;
//   - the error of each call if all have failed before.
//
// Without targets, FirstOK returns any error.
//
// If a call panics, FirstOK starts no more calls, cancels the others, discards
// all results, the winner's, too, and panics with the same value, even if ctx is
// done before. Of what happens at the same instant, any may count as the first.
//
// The calls get a ctx derived from ctx, and return soon after it is done. When
// FirstOK ends, in whatever way, every call has returned, and nothing is left.
// The hedge is positive. FirstOK may be called concurrently.
func FirstOK[T any](ctx context.Context, hedge time.Duration, targets []string, call func(ctx context.Context, target string) (T, error), discard func(T)) (T, error) {
	callCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	outcomes := make(chan outcome[T])
	timer := time.NewTimer(hedge)
	started, inFlight := 0, 0
	start := func() {
		if started < len(targets) && callCtx.Err() == nil {
			go run(callCtx, call, targets, started, outcomes)
			started, inFlight = started+1, inFlight+1
			timer.Reset(hedge) // counts from the latest start
		}
	}
	var good []T
	var failures []error
	var panics any
	for start(); inFlight > 0; {
		select {
		case <-timer.C:
			start()
		case o := <-outcomes:
			inFlight--
			switch {
			case o.panics != nil:
				panics = cmp.Or(panics, o.panics)
				cancel()
			case o.err == nil:
				good = append(good, o.value)
				cancel()
			default:
				failures = append(failures, o.err)
				start() // no reason to wait any longer
			}
		}
	}
	return settle(ctx, good, failures, panics, discard)
}

// settle ends FirstOK once every call has returned.
func settle[T any](ctx context.Context, good []T, failures []error, panics any, discard func(T)) (T, error) {
	var none T
	for i, late := range good {
		if i > 0 || panics != nil { // somebody has to close it
			discard(late)
		}
	}
	switch {
	case panics != nil:
		panic(panics)
	case len(good) > 0: // even if ctx is done by now
		return good[0], nil
	case ctx.Err() != nil:
		return none, ctx.Err()
	case len(failures) == 0:
		return none, errors.New("no targets to try")
	}
	return none, errors.Join(failures...)
}

// Scan dials each port of the host once, over "tcp", and returns what it found.
// The host is a name or an address, of IPv6 too, without brackets. At most limit
// dials are in flight, and as many as there can be. A port is
//   - Open if dial returns a conn, which Scan closes at once;
//   - Closed if dial fails with ECONNREFUSED (on Windows syscall.Errno(10061));
//   - Filtered if there is no answer within per: dial's ctx is then done, by a
//     deadline or a cancel; or if dial times out earlier, with one of the two
//     errors of a DialFunc whose deadline is due.
//
// If ctx is done before every port is decided, or a dial fails because ctx's
// deadline is due, Scan returns no map. Its error is or wraps ctx.Err() or, if ctx
// is not done yet, context.DeadlineExceeded. Any other error of dial ends the scan
// as well, even if its method Timeout returns true: Scan returns it, bare or
// wrapped, and no map. If a conn, a refusal or such an error comes although dial's
// ctx is done, Scan may count it, and even return a map, or take it for no answer;
// a conn is closed.
//
// The list has no port twice, and Scan does not change it. Without ports there is
// nothing to find. The limit is that of Gather, and per is positive. When Scan
// returns, every dial has returned and nothing is left. Scan may be called
// concurrently.
func Scan(ctx context.Context, dial DialFunc, host string, ports []uint16, limit int, per time.Duration) (map[uint16]State, error) {
	targets := make([]string, len(ports))
	for i, port := range ports {
		targets[i] = net.JoinHostPort(host, strconv.Itoa(int(port))) // IPv6 needs brackets
	}
	states, err := Gather(ctx, limit, targets, func(ctx context.Context, address string) (State, error) {
		return probe(ctx, dial, address, per)
	})
	if err != nil {
		return nil, err
	}
	found := make(map[uint16]State, len(ports))
	for i, port := range ports {
		found[port] = states[i]
	}
	return found, nil
}

// probe finds out about one port.
func probe(ctx context.Context, dial DialFunc, address string, per time.Duration) (State, error) {
	timed, cancel := context.WithTimeout(ctx, per)
	defer cancel()
	c, err := dial(timed, "tcp", address)
	timedOut := errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
	due, limited := ctx.Deadline()
	switch {
	case err == nil:
		c.Close() // now: a scan of all ports must not need a descriptor for each
		return Open, nil
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, wsaECONNREFUSED):
		return Closed, nil
	case timedOut && limited && !time.Now().Before(due):
		return "", context.DeadlineExceeded // ctx is done a moment later: net.Dialer has timers of its own
	case ctx.Err() == nil && (timedOut || timed.Err() != nil): // only this dial's time is over
		return Filtered, nil
	}
	return "", err
}

// wsaECONNREFUSED is what sockets on Windows return.
const wsaECONNREFUSED = syscall.Errno(10061)

// An outcome is what became of one call.
type outcome[T any] struct {
	index  int
	value  T
	err    error
	panics any
}

// run makes one call and reports its outcome.
func run[T any](ctx context.Context, call func(context.Context, string) (T, error), targets []string, index int, report chan<- outcome[T]) {
	o := outcome[T]{index: index}
	defer func() {
		o.panics = recover() // nobody else could: a panic ends the process
		report <- o
	}()
	o.value, o.err = call(ctx, targets[index])
}
