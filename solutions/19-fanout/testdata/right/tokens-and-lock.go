// A goroutine for each target from the start, which waits for a token; a lock guards what is shared, and timers start the hedged calls.

package fanout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
)

type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

type State string

const (
	Open     State = "open"
	Closed   State = "closed"
	Filtered State = "filtered"
)

// A group waits for its goroutines and keeps the first thing that went wrong.
type group struct {
	ctx    context.Context
	cancel context.CancelFunc
	all    sync.WaitGroup
	mu     sync.Mutex
	err    error
	panics []any
}

func newGroup(ctx context.Context) *group {
	g := &group{}
	g.ctx, g.cancel = context.WithCancel(ctx)
	return g
}

func (g *group) start(f func()) {
	g.all.Go(func() { g.guard(f) })
}

// guard calls f. If f panics, the group is canceled when guard returns.
func (g *group) guard(f func()) {
	defer func() {
		if value := recover(); value != nil {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.panics = append(g.panics, value)
			g.cancel()
		}
	}()
	f()
}

func (g *group) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err == nil && g.ctx.Err() == nil {
		g.err = err
		g.cancel()
	}
}

func (g *group) wait() {
	g.all.Wait()
	g.cancel()
	if len(g.panics) > 0 {
		panic(g.panics[0])
	}
}

func Gather[T any](ctx context.Context, limit int, targets []string, call func(ctx context.Context, target string) (T, error)) ([]T, error) {
	g := newGroup(ctx)
	tokens := make(chan struct{}, limit)
	results := make([]T, len(targets))
	for i, target := range targets {
		g.start(func() {
			select {
			case tokens <- struct{}{}:
			case <-g.ctx.Done():
				return
			}
			defer func() { <-tokens }()
			if g.ctx.Err() != nil {
				return
			}
			g.guard(func() { // or the token is free before a panic cancels the group
				result, err := call(g.ctx, target)
				if err != nil {
					g.fail(err)
				}
				results[i] = result
			})
		})
	}
	g.wait()
	if err := cmp.Or(g.err, ctx.Err()); err != nil {
		return nil, err
	}
	return results, nil
}

func FirstOK[T any](ctx context.Context, hedge time.Duration, targets []string, call func(ctx context.Context, target string) (T, error), discard func(T)) (T, error) {
	var none T
	if len(targets) == 0 {
		return none, errors.New("nobody to ask")
	}
	g := newGroup(ctx)
	next := 0
	var good []T
	var errs []error
	var timer *time.Timer
	var start func() // the lock is held
	start = func() {
		if timer != nil {
			timer.Stop()
		}
		if next == len(targets) || g.ctx.Err() != nil {
			return
		}
		target, mine := targets[next], next+1
		next++
		timer = time.AfterFunc(hedge, func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			if next == mine && g.ctx.Err() == nil {
				start()
			}
		})
		g.start(func() {
			value, err := call(g.ctx, target)
			g.mu.Lock()
			defer g.mu.Unlock()
			if err != nil {
				errs = append(errs, err)
				start()
				return
			}
			good = append(good, value)
			g.cancel()
		})
	}
	g.mu.Lock()
	start()
	g.mu.Unlock()
	g.all.Wait()
	for i, value := range good {
		if i > 0 || len(g.panics) > 0 {
			discard(value)
		}
	}
	g.wait()
	switch {
	case len(good) > 0:
		return good[0], nil
	case ctx.Err() != nil:
		return none, fmt.Errorf("given up: %w (%w)", ctx.Err(), context.Cause(ctx))
	}
	return none, fmt.Errorf("all of %d failed: %w", len(targets), errors.Join(errs...))
}

func Scan(ctx context.Context, dial DialFunc, host string, ports []uint16, limit int, per time.Duration) (map[uint16]State, error) {
	names, found := make([]string, len(ports)), make(map[uint16]State)
	for i, port := range ports {
		names[i] = net.JoinHostPort(host, strconv.Itoa(int(port)))
	}
	states, err := Gather(ctx, limit, names, func(ctx context.Context, name string) (State, error) { return knock(ctx, dial, name, per) })
	if err != nil {
		return nil, fmt.Errorf("scan %s: %w", host, err)
	}
	for i, state := range states {
		found[ports[i]] = state
	}
	return found, nil
}

func knock(ctx context.Context, dial DialFunc, address string, per time.Duration) (State, error) {
	errSilent := errors.New("no answer")
	mine, cancel := context.WithTimeoutCause(ctx, per, errSilent)
	defer cancel()
	c, err := dial(mine, "tcp", address)
	if err == nil {
		return Open, c.Close()
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		if end, ok := ctx.Deadline(); !ok || time.Now().Before(end) {
			return Filtered, nil
		}
		<-mine.Done()
	}
	var number syscall.Errno
	switch {
	case errors.As(err, &number) && (number == syscall.ECONNREFUSED || number == 10061):
		return Closed, nil
	case context.Cause(mine) == errSilent:
		return Filtered, nil
	}
	return "", err
}
