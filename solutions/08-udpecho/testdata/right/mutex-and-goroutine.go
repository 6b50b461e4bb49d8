// A goroutine waits for ctx, and a mutex is held while a deadline is set.

package udpecho

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
)

// An alarm sets the read deadlines of a packet conn; after ctx is done, only the
// one that wakes a ReadFrom.
type alarm struct {
	pc    net.PacketConn
	quit  chan struct{}
	ended chan struct{}
	mu    sync.Mutex
	rung  bool
}

func newAlarm(ctx context.Context, pc net.PacketConn) *alarm {
	a := &alarm{pc: pc, quit: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(a.ended)
		select {
		case <-a.quit:
		case <-ctx.Done():
			a.mu.Lock()
			defer a.mu.Unlock()
			a.rung = true
			pc.SetReadDeadline(time.Unix(1, 0))
		}
	}()
	return a
}

func (a *alarm) set(t time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.rung {
		a.pc.SetReadDeadline(t)
	}
}

func (a *alarm) stop() {
	close(a.quit)
	a.set(time.Time{})
	<-a.ended
	a.pc.SetReadDeadline(time.Time{})
}

func Serve(ctx context.Context, pc net.PacketConn, max int) error {
	defer newAlarm(ctx, pc).stop()
	for buf := make([]byte, 1<<16); ; {
		n, from, err := pc.ReadFrom(buf)
		if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil && !errors.Is(err, syscall.ECONNREFUSED) {
			return err
		}
		if err == nil && n <= max {
			pc.WriteTo(buf[:n], from)
		}
	}
}

type Client struct {
	Timeout time.Duration
	Tries   int
}

func (c Client) Do(ctx context.Context, pc net.PacketConn, to net.Addr, req []byte) ([]byte, error) {
	a := newAlarm(ctx, pc)
	defer a.stop()
	id, buf := fmt.Appendf(nil, "%08x ", rand.Uint32()), make([]byte, 1<<16)
	for range c.Tries {
		a.set(time.Now().Add(c.Timeout))
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		_, err := pc.WriteTo(slices.Concat(id, req), to)
		for err == nil {
			var n int
			var from net.Addr
			n, from, err = pc.ReadFrom(buf)
			if reply, ok := bytes.CutPrefix(buf[:n], id); err == nil && ok && plain(from) == plain(to) {
				return reply, nil
			}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, err
		}
	}
	return nil, &net.OpError{Op: "read", Net: "udp", Addr: to, Err: os.ErrDeadlineExceeded}
}

// plain returns an address that == compares, without the IPv6 form of IPv4.
func plain(a net.Addr) netip.AddrPort {
	p := a.(*net.UDPAddr).AddrPort()
	return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
}
