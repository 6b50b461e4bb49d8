// A fixed number of workers takes the targets one by one; hedged calls form a chain, in which each one waits to start the next.

package fanout

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
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

// A thrown is the cause of a cancel after a panic.
type thrown struct{ value any }

func (thrown) Error() string { return "a call panicked" }

func catch(throw func(any)) {
	if value := recover(); value != nil {
		throw(value)
	}
}

func Gather[T any](ctx context.Context, limit int, targets []string, call func(ctx context.Context, target string) (T, error)) ([]T, error) {
	var panics sync.Once
	var value *thrown
	running, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make([]T, len(targets))
	var next, done atomic.Int64
	worker := func() {
		defer catch(func(v any) {
			panics.Do(func() { value = &thrown{v} })
			cancel(value)
		})
		for running.Err() == nil {
			i := int(next.Add(1)) - 1
			if i >= len(targets) {
				return
			}
			result, err := call(running, targets[i])
			if err != nil {
				cancel(err) // only the first cause counts
				return
			}
			results[i] = result
			done.Add(1)
		}
	}
	var all sync.WaitGroup
	for range min(limit, len(targets)) {
		all.Go(worker)
	}
	all.Wait()
	switch {
	case value != nil:
		panic(value.value)
	case int(done.Load()) == len(targets):
		return results, nil
	case ctx.Err() != nil && context.Cause(running) == context.Cause(ctx):
		return nil, ctx.Err()
	}
	return nil, context.Cause(running)
}

type race[T any] struct {
	ctx     context.Context
	cancel  context.CancelFunc
	hedge   time.Duration
	call    func(context.Context, string) (T, error)
	failed  chan struct{} // has room for every failure
	results chan T
	errs    chan error
	panics  chan any
	all     sync.WaitGroup
}

func FirstOK[T any](ctx context.Context, hedge time.Duration, targets []string, call func(ctx context.Context, target string) (T, error), discard func(T)) (T, error) {
	n := len(targets)
	r := &race[T]{hedge: hedge, call: call, failed: make(chan struct{}, n), results: make(chan T, n), errs: make(chan error, n), panics: make(chan any, n)}
	r.ctx, r.cancel = context.WithCancel(ctx)
	defer r.cancel()
	r.all.Go(func() { r.chain(targets) })
	r.all.Wait()
	close(r.results)
	close(r.errs)
	close(r.panics)
	if value, panicked := <-r.panics; panicked {
		for result := range r.results {
			discard(result)
		}
		panic(value)
	}
	winner, ok := <-r.results
	for result := range r.results {
		discard(result)
	}
	if ok {
		return winner, nil
	}
	all := []error{errors.New("no call succeeded")}
	if ctx.Err() != nil {
		all = append(all, ctx.Err(), context.Cause(ctx))
	}
	for err := range r.errs {
		all = append(all, err)
	}
	return winner, errors.Join(all...)
}

// chain starts the call for the first target, and after a while the rest.
func (r *race[T]) chain(targets []string) {
	if len(targets) == 0 || r.ctx.Err() != nil {
		return
	}
	r.all.Go(func() { r.try(targets[0]) })
	timer := time.NewTimer(r.hedge)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.failed:
	case <-r.ctx.Done():
		return
	}
	r.chain(targets[1:])
}

func (r *race[T]) try(target string) {
	defer catch(func(v any) {
		r.panics <- v
		r.cancel()
	})
	result, err := r.call(r.ctx, target)
	if err != nil {
		r.errs <- err
		r.failed <- struct{}{}
		return
	}
	r.results <- result
	r.cancel()
}

func Scan(ctx context.Context, dial DialFunc, host string, ports []uint16, limit int, per time.Duration) (map[uint16]State, error) {
	var mu sync.Mutex
	found, names := map[uint16]State{}, make([]string, len(ports))
	for i, port := range ports {
		names[i] = strconv.FormatUint(uint64(port), 10)
	}
	_, err := Gather(ctx, limit, names, func(ctx context.Context, name string) (struct{}, error) {
		state, err := ask(ctx, dial, net.JoinHostPort(host, name), per)
		port, _ := strconv.ParseUint(name, 10, 16)
		mu.Lock()
		defer mu.Unlock()
		found[uint16(port)] = state
		return struct{}{}, err
	})
	if err != nil {
		found = nil
	}
	return found, err
}

func ask(outer context.Context, dial DialFunc, address string, per time.Duration) (State, error) {
	due := time.Now().Add(per)
	inner, cancel := context.WithDeadline(outer, due)
	defer cancel()
	c, err := dial(inner, "tcp", address)
	timeout := errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
	outerDue, limited := outer.Deadline()
	switch {
	case err == nil && inner.Err() != nil && outer.Err() == nil:
		return Filtered, c.Close() // it came too late
	case err == nil:
		return Open, c.Close()
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.Errno(10061)):
		return Closed, nil
	case timeout && outer.Err() == nil && (!limited || time.Now().Before(outerDue)):
		return Filtered, nil
	case timeout && outer.Err() == nil:
		<-outer.Done() // its deadline is this moment
	}
	return "", err
}
