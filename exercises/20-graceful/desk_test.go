package graceful_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	graceful "socketkata/exercises/20-graceful"
	"socketkata/harness/peer"
)

// Errors of the script.
var (
	errEvening  = errors.New("the station closes for the night") // why ctx is canceled
	errCable    = errors.New("no route to host")
	errNoRefund = errors.New("this desk gives no refunds")
)

// stationKey is the key of a value of Run's ctx.
type stationKey struct{}

// at is when something happens, counted from the beginning of the script.
type at time.Duration

func (t at) String() string { return time.Duration(t).String() + " after the test began" }

// A desk sells tickets: it answers an order with the same words. Some orders
// take their time. The script makes it before it starts the server.
type desk struct {
	gate chan struct{} // closed by the script; "hold" waits for it

	mu       sync.Mutex // between the handlers and the script
	orders   []string   // in which Handle was called with them
	station  any        // of the ctx of the last call
	canceled int        // handlers that ended with a ctx that was done
	cause    error      // why, the last time
}

func newDesk() *desk { return &desk{gate: make(chan struct{})} }

// server returns a Server at this desk. The times all differ, so that each
// shows in a failure which one it is.
func (d *desk) server() *graceful.Server {
	return &graceful.Server{
		Handle: d.handle,
		Idle:   30 * time.Second, Read: 10 * time.Second, Write: 5 * time.Second, Grace: 20 * time.Second,
		MaxLine: 80,
	}
}

func (d *desk) handle(ctx context.Context, order string) (string, error) {
	d.enter(ctx, order)
	defer d.leave(ctx)
	verb, rest, _ := strings.Cut(order, " ")
	switch verb {
	case "hold":
		<-d.gate
	case "wait": // whatever ctx says
		pause, err := time.ParseDuration(rest)
		if err != nil {
			return "", err
		}
		<-time.After(pause)
	case "obey":
		<-ctx.Done()
		return "", ctx.Err()
	case "map":
		return "the harbour\n\n", nil
	case "brochure":
		return brochure(), nil
	case "refund":
		return "here you are", errNoRefund
	}
	return order, nil
}

// brochure is an answer that a client has to read while it is sent.
var brochure = sync.OnceValue(func() string { return strings.Repeat("See the harbour at night! ", peer.Plenty/26) })

func (d *desk) enter(ctx context.Context, order string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.orders = append(d.orders, order)
	d.station = ctx.Value(stationKey{})
}

func (d *desk) leave(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if ctx.Err() != nil {
		d.canceled++
		d.cause = context.Cause(ctx)
	}
}

// handled returns the orders with which Handle was called: "Harbour, hold".
func (d *desk) handled() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.orders, ", ")
}

// seen returns how many handlers had a ctx that was done, why it was, and the
// value of the last handler's ctx.
func (d *desk) seen() (canceled int, cause error, station any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.canceled, d.cause, d.station
}

// A server is a Server and the ctx that Run gets.
type server struct {
	*graceful.Server
	ctx context.Context
}

func (s server) Run(ln net.Listener) error { return s.Server.Run(s.ctx, ln) }

func serve(b *peer.Bench, ctx context.Context, s *graceful.Server, wrap ...func(net.Listener) net.Listener) *peer.Server {
	return b.Serve(server{s, ctx}.Run, wrap...)
}

func order(client *peer.Peer, reason, what string) {
	client.Send(what + "\n")
	client.Expect(reason, what+"\n")
}

// depart expects the end of a conn and then closes the client's side, too.
func depart(client *peer.Peer, reason string) {
	client.ExpectEOF(reason)
	client.Close()
}
