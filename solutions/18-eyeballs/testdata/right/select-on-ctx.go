// One loop selects on ctx, the timer and reports; after the decision it drains the channel, which has room for all.

package eyeballs

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"
)

type LookupFunc func(ctx context.Context, network, host string) ([]netip.Addr, error)

type DialFunc func(ctx context.Context, to netip.AddrPort) (net.Conn, error)

type report struct {
	addr netip.Addr
	conn net.Conn
	err  error
}

type failed []report

func (f failed) Error() string {
	var all []string
	for _, r := range f {
		all = append(all, fmt.Sprintf("%v: %v", r.addr, r.err))
	}
	return strings.Join(all, "; ")
}

func (f failed) Unwrap() []error {
	var all []error
	for _, r := range f {
		all = append(all, r.err)
	}
	return all
}

func Dial(ctx context.Context, lookup LookupFunc, dial DialFunc, hostport string, delay time.Duration) (net.Conn, error) {
	host, service, err := net.SplitHostPort(hostport)
	if err != nil {
		return nil, err
	}
	port, err := net.LookupPort("tcp", service)
	if err != nil {
		return nil, err
	}
	literal, err := netip.ParseAddr(host)
	queue := []netip.Addr{literal}
	if err != nil {
		list, err := lookup(ctx, "ip", host)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		} else if err != nil {
			return nil, err
		}
		queue = alternate(list)
	}
	if len(queue) == 0 {
		return nil, &net.DNSError{Err: "no addresses", Name: host, IsNotFound: true}
	}

	racing, stop := context.WithCancel(ctx)
	defer stop()
	reports := make(chan report, len(queue))
	running := 0
	next := func() <-chan time.Time {
		if len(queue) == 0 {
			return nil
		}
		addr := queue[0]
		queue = queue[1:]
		running++
		go func() {
			c, err := dial(racing, netip.AddrPortFrom(addr, uint16(port)))
			reports <- report{addr, c, err}
		}()
		return time.After(delay)
	}
	finish := func() {
		stop()
		for ; running > 0; running-- {
			if r := <-reports; r.err == nil {
				r.conn.Close()
			}
		}
	}

	var failures failed
	tick := next()
	for running > 0 {
		select {
		case <-ctx.Done():
			finish()
			return nil, ctx.Err()
		case <-tick:
			tick = next()
		case r := <-reports:
			running--
			if r.err == nil {
				finish()
				return r.conn, nil
			}
			if ctx.Err() != nil {
				finish()
				return nil, ctx.Err()
			}
			failures = append(failures, r)
			if len(queue) > 0 {
				tick = next()
			}
		}
	}
	return nil, failures
}

// alternate takes from the list the next address of the family that is due.
func alternate(list []netip.Addr) []netip.Addr {
	left := append([]netip.Addr(nil), list...)
	var order []netip.Addr
	for len(left) > 0 {
		i := 0
		if len(order) > 0 {
			for i < len(left) && left[i].Unmap().Is4() == order[len(order)-1].Unmap().Is4() {
				i++
			}
			if i == len(left) {
				i = 0
			}
		}
		order = append(order, left[i])
		left = append(left[:i], left[i+1:]...)
	}
	return order
}
