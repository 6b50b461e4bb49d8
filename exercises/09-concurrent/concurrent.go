// Package concurrent is a TCP server for any protocol: it accepts clients,
// runs a handler for each in a goroutine of its own, limits how many run at
// once, survives their panics, and ends at once or politely.
package concurrent

import (
	"context"
	"errors"
	"net"
)

// ErrServerClosed is what Serve returns after Shutdown or Close.
var ErrServerClosed = errors.New("server closed")

// A Server runs Handler for every client. Its fields are set before its first
// method is called; a Server must not be copied after that. All methods may be
// called concurrently, by handlers too.
type Server struct {
	// Handler talks with one client. The server closes c when Handler has
	// returned, or has panicked, which ends that client's conn and nothing
	// else. ctx ends when Close is called. Shutdown leaves ctx and c alone.
	Handler func(ctx context.Context, c net.Conn)

	// MaxConns is how many handlers run at once at most, over all listeners;
	// 0 means any number. Further clients wait, accepted or not, until a
	// handler has returned.
	MaxConns int

	// Logf, if not nil, is told of each panic, with its value, and may be told
	// more. It may be called concurrently.
	Logf func(format string, args ...any)
}

// Serve accepts clients from ln and starts Handler for each. It closes ln
// before it returns, and may return while handlers still run. It may be called
// for several listeners at once.
//
// An error of Accept that will pass (a process or system out of descriptors:
// EMFILE, ENFILE, on Windows WSAEMFILE; a client that gave up in the queue:
// ECONNABORTED, on Windows WSAECONNABORTED) makes Serve wait before it calls
// Accept again: 5 ms, doubled for each further error in a row up to 1 s. Any
// other error it returns, wrapped or as it is: net.ErrClosed when somebody
// else closed ln. Handlers and other listeners go on.
//
// After Shutdown or Close, Serve returns ErrServerClosed, also when it is
// called only then.
func (s *Server) Serve(ln net.Listener) error {
	// TODO: write this.
	return errors.New("Serve is not written yet")
}

// Shutdown first closes all listeners, whatever ctx says, and then waits until
// every handler has returned. If ctx ends before, Shutdown returns its error
// and the handlers go on; Shutdown may be called again. From its beginning no
// handler is started: clients that still wait are hung up on.
//
// A handler that calls Shutdown with its own ctx, or one made from it, would
// wait for itself. Then Shutdown does not wait for any handler: it closes the
// listeners and returns nil. With the ctx of a handler of another Server it
// waits as usual.
func (s *Server) Shutdown(ctx context.Context) error {
	// TODO: write this.
	return errors.New("Shutdown is not written yet")
}

// Close closes all listeners and the conns of all clients and ends the ctx of
// all handlers. It does not wait until the handlers have returned: Shutdown
// does, also after Close. From its beginning no handler is started. It returns
// nil, also the second time and after Shutdown; the result makes Server an
// io.Closer.
func (s *Server) Close() error {
	// TODO: write this.
	return errors.New("Close is not written yet")
}

// Active returns how many handlers are running.
func (s *Server) Active() int {
	// TODO: write this.
	return 0
}
