// Each attempt starts its successor: when it fails, or when a later look finds that nobody has for the delay.

package eyeballs

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

type (
	LookupFunc func(ctx context.Context, network, host string) ([]netip.Addr, error)
	DialFunc   func(ctx context.Context, to netip.AddrPort) (net.Conn, error)
)

type race struct {
	dial   DialFunc
	delay  time.Duration
	ctx    context.Context
	cancel context.CancelFunc
	all    sync.WaitGroup
	failed chan struct{} // one value for each failure

	mu     sync.Mutex
	winner net.Conn
	errs   []error
}

func Dial(ctx context.Context, lookup LookupFunc, dial DialFunc, hostport string, delay time.Duration) (net.Conn, error) {
	to, err := targets(ctx, lookup, hostport)
	if err != nil {
		return nil, errors.Join(err, ctx.Err())
	}
	r := &race{dial: dial, delay: delay, failed: make(chan struct{}, len(to))}
	r.ctx, r.cancel = context.WithCancel(ctx)
	defer r.cancel()
	r.all.Go(func() { r.startAll(to) })
	r.all.Wait()
	if r.winner != nil {
		return r.winner, nil
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%s: %w (%w)", hostport, ctx.Err(), context.Cause(ctx))
	}
	return nil, errors.Join(r.errs...)
}

func (r *race) startAll(to []netip.AddrPort) {
	for i, t := range to {
		if i > 0 {
			due := time.NewTimer(r.delay)
			select {
			case <-due.C:
			case <-r.failed:
				due.Stop()
			case <-r.ctx.Done():
				due.Stop()
				return
			}
		}
		if r.ctx.Err() != nil {
			return
		}
		r.all.Go(func() { r.attempt(t) })
	}
}

func (r *race) attempt(to netip.AddrPort) {
	c, err := r.dial(r.ctx, to)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.errs = append(r.errs, fmt.Errorf("%v: %w", to, err))
		r.failed <- struct{}{}
		return
	}
	if r.ctx.Err() != nil {
		c.Close()
		return
	}
	r.winner = c
	r.cancel()
}

func targets(ctx context.Context, lookup LookupFunc, hostport string) ([]netip.AddrPort, error) {
	host, service, err := net.SplitHostPort(hostport)
	if err != nil {
		return nil, err
	}
	n, err := net.DefaultResolver.LookupPort(ctx, "tcp", service)
	if err != nil {
		return nil, err
	}
	port := uint16(n)
	if literal, err := netip.ParseAddr(host); err == nil {
		return []netip.AddrPort{netip.AddrPortFrom(literal, port)}, nil
	}
	list, err := lookup(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s has no address", host)
	}
	is4 := func(a netip.Addr) bool { return a.Is4() || a.Is4In6() }
	families := map[bool][]netip.AddrPort{}
	for _, a := range list {
		families[is4(a)] = append(families[is4(a)], netip.AddrPortFrom(a, port))
	}
	var to []netip.AddrPort
	for family := is4(list[0]); len(to) < len(list); family = !family {
		if f := families[family]; len(f) > 0 {
			to, families[family] = append(to, f[0]), f[1:]
		}
	}
	return to, nil
}
