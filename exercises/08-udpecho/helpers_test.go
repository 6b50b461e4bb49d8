package udpecho_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"runtime"
	"strings"
	"sync"
	"time"

	udpecho "socketkata/exercises/08-udpecho"
	"socketkata/harness/peer"
)

// limit is the longest datagram that Serve echoes in these tests.
const limit = 512

// idSize is the length of an id on the wire: "3fa2c91b ".
const idSize = 9

// patient sends its request once. Its time does not run out during a script, not
// even in virtual time, where a step may wait for an hour.
var patient = udpecho.Client{Timeout: 24 * time.Hour, Tries: 1}

// serve starts Serve. It ends with the script.
func serve(b *peer.Bench, wrap ...func(net.PacketConn) net.PacketConn) *peer.Server {
	return serveUntil(b.Context(), b, wrap...)
}

// serveUntil starts Serve with that ctx.
func serveUntil(ctx context.Context, b *peer.Bench, wrap ...func(net.PacketConn) net.PacketConn) *peer.Server {
	return b.Named("Serve").ServePacket(func(pc net.PacketConn) error { return udpecho.Serve(ctx, pc, limit) }, wrap...)
}

// serveOnceTold starts Serve as soon as the script calls start. Until then,
// datagrams wait in the queue of the packet conn.
func serveOnceTold(b *peer.Bench) (server *peer.Server, start func()) {
	told, tell := context.WithCancel(b.Context())
	server = b.Named("Serve").ServePacket(func(pc net.PacketConn) error {
		<-told.Done()
		return udpecho.Serve(b.Context(), pc, limit)
	})
	return server, tell
}

// do starts Do.
func do(ctx context.Context, b *peer.Bench, c udpecho.Client, pc net.PacketConn, to net.Addr, req string) *peer.Call[[]byte] {
	return doOf(ctx, b, c, pc, to, []byte(req))
}

func doOf(ctx context.Context, b *peer.Bench, c udpecho.Client, pc net.PacketConn, to net.Addr, req []byte) *peer.Call[[]byte] {
	return peer.Start(b, "Do", func() ([]byte, error) { return c.Do(ctx, pc, to, req) })
}

// takeRequest waits for a request and returns the id of the call.
func takeRequest(b *peer.Bench, server *peer.PacketPeer, reason, want string) (id string) {
	b.Helper()
	datagram := server.Receive(reason)
	n := min(idSize, len(datagram))
	b.Equal("a request on the wire is an id and req", want, datagram[n:])
	return datagram[:n]
}

// expectReply checks what Do returned.
func expectReply(b *peer.Bench, call *peer.Call[[]byte], reason, want string) {
	b.Helper()
	got, err := call.Result(reason)
	b.NoError("Do received the reply", err)
	b.Equal(reason, want, got)
}

// expectUsable checks that the caller of Do can go on with pc. A reply that Do did
// not read may still be in the queue.
func expectUsable(b *peer.Bench, pc net.PacketConn, server *peer.PacketPeer, when string) {
	b.Helper()
	b.Advance(2 * patient.Timeout)
	_, err := pc.WriteTo([]byte("out of service"), server.Addr())
	b.NoError("pc still sends "+when, err)
	server.Expect("what pc sent arrives", "out of service")
	server.Send("noted")
	p, got := make([]byte, limit), ""
	for got != "noted" {
		n, _, err := pc.ReadFrom(p)
		b.NoError("pc still receives "+when, err)
		got = string(p[:n])
	}
}

// A lateDeadline is a packet conn on which a late read deadline is set only once
// release is called. So it is for a goroutine that the scheduler stops at this
// point.
type lateDeadline struct {
	net.PacketConn
	isLate   func(time.Time) bool
	released chan struct{}
	release  func()
}

func newLateDeadline(pc net.PacketConn, isLate func(time.Time) bool) *lateDeadline {
	c := &lateDeadline{PacketConn: pc, isLate: isLate, released: make(chan struct{})}
	c.release = sync.OnceFunc(func() { close(c.released) })
	return c
}

// rest waits in virtual time until every goroutine waits. Settle would wait forever
// for one that waits for a mutex, which Do may hold while it sets a deadline.
func rest(b *peer.Bench) {
	for !b.AtRest() {
		runtime.Gosched()
	}
}

// inPast is true of a deadline that wakes a ReadFrom.
func inPast(t time.Time) bool { return !t.IsZero() && !t.After(time.Now()) }

// inFuture is true of a deadline that ends a try.
func inFuture(t time.Time) bool { return t.After(time.Now()) }

func (c *lateDeadline) SetReadDeadline(t time.Time) error {
	if c.isLate(t) {
		<-c.released
	}
	return c.PacketConn.SetReadDeadline(t)
}

func (c *lateDeadline) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// An idCounter is a packet conn that counts the requests by id.
type idCounter struct {
	net.PacketConn
	requests map[string]int
}

func (c *idCounter) WriteTo(p []byte, to net.Addr) (int, error) {
	c.requests[string(p[:min(idSize, len(p))])]++
	return c.PacketConn.WriteTo(p, to)
}

// A dualStack reports every sender in IPv6 form.
type dualStack struct{ net.PacketConn }

func (c dualStack) ReadFrom(p []byte) (int, net.Addr, error) {
	n, from, err := c.PacketConn.ReadFrom(p)
	if err == nil {
		from = mapped(from)
	}
	return n, from, err
}

// mapped returns the IPv6 form of an IPv4 address, as a dual-stack socket
// reports it.
func mapped(addr net.Addr) net.Addr {
	udp := addr.(*net.UDPAddr)
	return &net.UDPAddr{IP: udp.IP.To16(), Port: udp.Port}
}

// A twoLinks is a packet conn on two links. On each, a neighbour has the same address
// and port: the server on the first, every other sender on the second.
type twoLinks struct {
	net.PacketConn
	server net.Addr
}

func (c twoLinks) ReadFrom(p []byte) (int, net.Addr, error) {
	n, from, err := c.PacketConn.ReadFrom(p)
	switch {
	case err != nil:
	case from.String() == c.server.String():
		from = neighbour("eth0")
	default:
		from = neighbour("eth1")
	}
	return n, from, err
}

func (c twoLinks) WriteTo(p []byte, _ net.Addr) (int, error) {
	return c.PacketConn.WriteTo(p, c.server)
}

// neighbour returns the address of a neighbour on the link in that zone.
func neighbour(zone string) net.Addr {
	return &net.UDPAddr{IP: net.ParseIP("fe80::7"), Port: 4077, Zone: zone}
}

// A longest is a packet conn that receives each datagram with padding up to 65,527
// bytes, and takes it off again when the whole datagram is sent.
type longest struct{ net.PacketConn }

func (c longest) ReadFrom(p []byte) (int, net.Addr, error) {
	whole := make([]byte, 65527)
	n, from, err := c.PacketConn.ReadFrom(whole)
	if err != nil {
		return 0, from, err
	}
	copy(whole[n:], padding(n))
	return copy(p, whole), from, nil
}

func (c longest) WriteTo(p []byte, to net.Addr) (int, error) {
	if len(p) < 65527 {
		return c.PacketConn.WriteTo(p, to)
	}
	_, err := c.PacketConn.WriteTo(bytes.TrimRight(p, "."), to)
	return len(p), err
}

// padding returns what follows n bytes in a datagram of 65,527.
func padding(n int) string { return strings.Repeat(".", 65527-n) }
