// No goroutine decides: a lock guards the state, time.AfterFunc starts what is due, and the last attempt wakes the caller.

package eyeballs

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"
)

type LookupFunc func(ctx context.Context, network, host string) ([]netip.Addr, error)

type DialFunc func(ctx context.Context, to netip.AddrPort) (net.Conn, error)

type dialer struct {
	dial   DialFunc
	delay  time.Duration
	ctx    context.Context
	port   uint16
	cancel func()

	mu    sync.Mutex
	idle  *sync.Cond // nothing is in flight
	queue []netip.Addr
	busy  int
	due   *time.Timer
	conn  net.Conn
	errs  []error
}

func Dial(ctx context.Context, lookup LookupFunc, dial DialFunc, hostport string, delay time.Duration) (net.Conn, error) {
	host, service, err := net.SplitHostPort(hostport)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		n, err := net.LookupPort("tcp", service)
		if err != nil {
			return nil, err
		}
		port = uint64(n)
	}
	addrs, err := addresses(ctx, lookup, host)
	if err != nil {
		return nil, err
	}
	d := &dialer{dial: dial, delay: delay, port: uint16(port), queue: addrs}
	d.idle = sync.NewCond(&d.mu)
	d.ctx, d.cancel = context.WithCancel(ctx)
	defer d.cancel()

	d.mu.Lock()
	defer d.mu.Unlock()
	d.start()
	for d.busy > 0 {
		d.idle.Wait()
	}
	if d.due != nil {
		d.due.Stop()
	}
	switch {
	case d.conn != nil:
		return d.conn, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	return nil, errors.Join(d.errs...)
}

// start starts the next attempt, if there is one to start. The lock is held.
func (d *dialer) start() {
	if d.due != nil {
		d.due.Stop()
		d.due = nil
	}
	if d.conn != nil || d.ctx.Err() != nil || len(d.queue) == 0 {
		return
	}
	to := netip.AddrPortFrom(d.queue[0], d.port)
	d.queue = d.queue[1:]
	d.busy++
	go d.attempt(to)
	left := len(d.queue)
	d.due = time.AfterFunc(d.delay, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if left == len(d.queue) && d.busy > 0 { // nobody has started one meanwhile
			d.start()
		}
	})
}

func (d *dialer) attempt(to netip.AddrPort) {
	c, err := d.dial(d.ctx, to)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busy--
	switch {
	case err != nil:
		d.errs = append(d.errs, fmt.Errorf("dial %v: %w", to, err))
		d.start()
	case d.conn != nil || d.ctx.Err() != nil:
		c.Close()
	default:
		d.conn = c
		d.cancel()
	}
	if d.busy == 0 {
		d.idle.Broadcast()
	}
}

func addresses(ctx context.Context, lookup LookupFunc, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	list, err := lookup(ctx, "ip", host)
	if err != nil {
		return nil, errors.Join(err, ctx.Err())
	}
	if len(list) == 0 {
		return nil, errors.New(host + " has no addresses")
	}
	is4 := func(a netip.Addr) bool { return a.Unmap().Is4() }
	first := is4(list[0])
	rank := make(map[int]int)
	var seen [2]int
	for i, a := range list {
		if is4(a) == first {
			rank[i] = 2 * seen[0]
			seen[0]++
		} else {
			rank[i] = 2*seen[1] + 1
			seen[1]++
		}
	}
	index := make([]int, len(list))
	for i := range index {
		index[i] = i
	}
	slices.SortFunc(index, func(i, j int) int { return rank[i] - rank[j] })
	sorted := make([]netip.Addr, len(list))
	for i, from := range index {
		sorted[i] = list[from]
	}
	return sorted, nil
}
