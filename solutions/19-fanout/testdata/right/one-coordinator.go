// The caller starts a goroutine for each call and receives every outcome over a channel; Scan is one call of Gather, and looks at the clock to tell whose deadline a dial met.

package fanout

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"
)

// A DialFunc connects to an address. net.Dialer.DialContext is one.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// A State is what Scan finds out about a port.
type State string

const (
	Open     State = "open"     // it accepts conns
	Closed   State = "closed"   // it refuses them
	Filtered State = "filtered" // it does not answer
)

// outcome is what became of a call.
type outcome[T any] struct {
	index    int
	value    T
	err      error
	late     error // ctx.Err() when the call returned
	panicked bool
	panicVal any
}

// start makes one call in a goroutine of its own.
func start[T any](outer, ctx context.Context, i int, target string, call func(context.Context, string) (T, error), to chan<- outcome[T]) {
	go func() {
		out := outcome[T]{index: i, panicked: true}
		defer func() {
			if out.panicked {
				out.panicVal = recover()
			}
			to <- out
		}()
		out.value, out.err = call(ctx, target)
		out.late = outer.Err()
		out.panicked = false
	}()
}

// Gather makes one call for each target and returns the results in the order of
// the targets.
func Gather[T any](ctx context.Context, limit int, targets []string, call func(ctx context.Context, target string) (T, error)) ([]T, error) {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make([]T, len(targets))
	outcomes := make(chan outcome[T])
	var (
		firstErr error
		crash    *outcome[T]
		started  int
		running  int
	)
	for {
		if firstErr == nil && crash == nil && ctx.Err() != nil && started < len(targets) {
			firstErr = ctx.Err()
		}
		for firstErr == nil && crash == nil && running < limit && started < len(targets) {
			start(ctx, inner, started, targets[started], call, outcomes)
			started++
			running++
		}
		if running == 0 {
			break
		}
		out := <-outcomes
		running--
		switch {
		case out.panicked:
			if crash == nil {
				crash = &out
			}
			cancel()
		case out.err != nil:
			if firstErr == nil {
				firstErr = out.err
				if out.late != nil {
					firstErr = out.late
				}
			}
			cancel()
		default:
			results[out.index] = out.value
		}
	}
	if crash != nil {
		panic(crash.panicVal)
	}
	if firstErr != nil {
		return nil, firstErr
	}
	return results, nil
}

// FirstOK returns the first result that is good.
func FirstOK[T any](ctx context.Context, hedge time.Duration, targets []string, call func(ctx context.Context, target string) (T, error), discard func(T)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	if len(targets) == 0 {
		return none, errors.New("fanout: no targets")
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	outcomes := make(chan outcome[T])
	timer := time.NewTimer(hedge)
	defer timer.Stop()
	var (
		winner  *outcome[T]
		crash   *outcome[T]
		ctxErr  error
		errs    []error
		started int
		running int
	)
	next := func() {
		if winner != nil || crash != nil || ctxErr != nil || started == len(targets) {
			return
		}
		if ctxErr = ctx.Err(); ctxErr != nil {
			return
		}
		start(ctx, inner, started, targets[started], call, outcomes)
		started++
		running++
		timer.Reset(hedge)
	}
	next()
	done := ctx.Done()
	for running > 0 {
		select {
		case <-timer.C:
			next()
		case <-done:
			done = nil
			if winner == nil && crash == nil {
				ctxErr = ctx.Err()
			}
		case out := <-outcomes:
			running--
			switch {
			case out.panicked:
				if crash == nil {
					crash = &out
				}
				cancel()
				if winner != nil {
					discard(winner.value)
					winner = nil
				}
			case out.err != nil:
				errs = append(errs, out.err)
				if out.late != nil && winner == nil {
					ctxErr = out.late
				}
				next()
			case winner != nil || crash != nil:
				discard(out.value)
			default:
				winner = &out
				cancel()
			}
		}
	}
	switch {
	case crash != nil:
		panic(crash.panicVal)
	case winner != nil:
		return winner.value, nil
	case ctxErr != nil:
		return none, ctxErr
	}
	return none, errors.Join(errs...)
}

// Scan dials each port of the host once and returns what it found.
func Scan(ctx context.Context, dial DialFunc, host string, ports []uint16, limit int, per time.Duration) (map[uint16]State, error) {
	targets := make([]string, len(ports))
	for i, port := range ports {
		targets[i] = net.JoinHostPort(host, strconv.Itoa(int(port)))
	}
	states, err := Gather(ctx, limit, targets, func(inner context.Context, address string) (State, error) {
		timed, cancel := context.WithTimeout(inner, per)
		defer cancel()
		c, err := dial(timed, "tcp", address)
		if err == nil {
			c.Close()
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		switch {
		case err == nil:
			return Open, nil
		case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.Errno(10061)): // so says Windows
			return Closed, nil
		case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
			// Whose deadline was it? If ctx is due first, timed has inherited it.
			due, ok := ctx.Deadline()
			if mine, _ := timed.Deadline(); ok && !due.After(mine) && !time.Now().Before(due) {
				return "", fmt.Errorf("scan: %w", context.DeadlineExceeded)
			}
			return Filtered, nil
		}
		return "", err
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
