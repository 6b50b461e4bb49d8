package fanout_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	fanout "socketkata/exercises/19-fanout"
	"socketkata/harness/peer"
)

// refusal is the error of a closed port, as package net wraps it.
var refusal = os.NewSyscallError("connect", refusedHere())

// refusedHere is the number of "connection refused" on this platform.
func refusedHere() syscall.Errno {
	if runtime.GOOS == "windows" {
		return 10061 // WSAECONNREFUSED
	}
	return syscall.ECONNREFUSED
}

// scan calls Scan. The result is a table of the ports in increasing order.
func scan(b *peer.Bench, ctx context.Context, dial fanout.DialFunc, host string, ports []uint16, limit int, per time.Duration) *peer.Call[sequence] {
	return peer.Start(b, "Scan", func() (sequence, error) {
		given := slices.Clone(ports)
		found, err := fanout.Scan(ctx, dial, host, given, limit, per)
		switch {
		case !slices.Equal(given, ports):
			return "the list of ports, changed", err
		case err != nil && len(found) > 0:
			return "a map and an error", err
		}
		var states []string
		var decided []uint16
		for port, state := range found {
			decided = append(decided, port)
			states = append(states, string(state))
		}
		return table(decided, states...), err
	})
}

// table lists ports and their states, sorted by port.
func table(ports []uint16, states ...string) sequence {
	var order []int
	for i := range ports {
		order = append(order, i)
	}
	slices.SortFunc(order, func(i, j int) int { return int(ports[i]) - int(ports[j]) })
	var rows []string
	for _, i := range order {
		rows = append(rows, fmt.Sprintf("%d %s", ports[i], states[i]))
	}
	return list(rows...)
}

// portOf returns the port of a host on loopback.
func portOf(h *peer.Host) uint16 { return netip.MustParseAddrPort(h.Addr()).Port() }

// scan calls Scan with a dialer that reaches the callees.
func (c *callees) scan(ctx context.Context, host string, ports []uint16, limit int, per time.Duration) *peer.Call[sequence] {
	c.began, c.ctx = c.b.Elapsed(), ctx
	return scan(c.b, ctx, c.dial, host, ports, limit, per)
}

// dial is one call, with the errors of net.Dialer, wrapped once more.
func (c *callees) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if network != "tcp" {
		return nil, net.UnknownNetworkError(network)
	}
	_, err := c.ask(ctx, address)
	conn, open := c.at[address].conn.(*counted)
	switch {
	case err == errGivenUp:
		err = ctx.Err()
	case err == nil && !open:
		err = refusal
	}
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", &net.OpError{Op: "dial", Net: network, Err: err})
	}
	conn.open()
	return conn, nil
}

// opens makes a port open, and returns the server's end of the conn to it.
func (c *callees) opens(address string, a answer) *peer.Peer {
	server, conn := c.b.PairAs("port", func(conn net.Conn) net.Conn { return &counted{Conn: conn, c: c} })
	a.conn = conn
	c.at[address] = a
	return server
}

// A counted conn counts itself while it is open.
type counted struct {
	net.Conn
	c      *callees
	closed atomic.Bool
}

func (conn *counted) open() {
	conn.c.mu.Lock()
	defer conn.c.mu.Unlock()
	conn.c.conns++
	conn.c.mostConns = max(conn.c.mostConns, conn.c.conns)
}

func (conn *counted) Close() error {
	if !conn.closed.Swap(true) {
		conn.c.mu.Lock()
		conn.c.conns--
		conn.c.mu.Unlock()
	}
	return conn.Conn.Close()
}
