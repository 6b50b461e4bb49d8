// Package concurrent is a TCP server for any protocol. It runs one handler
// goroutine per client, limits how many run at once, survives their panics, and
// stops either at once or gracefully.
package concurrent

import (
	"context"
	"errors"
	"net"
)

// ErrServerClosed is what Serve returns after Shutdown or Close.
var ErrServerClosed = errors.New("server closed")

// A Server runs Handler for every client. Set its fields before you call its
// first method, and do not copy it after that. All methods may be called
// concurrently, even by handlers.
type Server struct {
	// Handler serves one client. The server closes c when Handler ends: it
	// returns, panics or calls runtime.Goexit. A panic ends only that client's
	// conn. Close cancels ctx; while Handler runs, nothing else does. Shutdown
	// touches neither ctx nor c. The server may cancel ctx once Handler has ended.
	Handler func(ctx context.Context, c net.Conn)

	// MaxConns limits how many handlers run at once, over all listeners; 0 or
	// less means no limit. Further clients wait, accepted or still in the backlog,
	// until a handler ends; until then Serve need not call Accept again.
	MaxConns int

	// Logf, if not nil, logs a text with the value of each panic and each transient
	// Accept error, and possibly others. It may be called concurrently, and may
	// call all methods of the server, even Shutdown: no running handler waits for
	// Logf. A panic is logged when its conn is closed, its slot is free and its
	// handler no longer counts as running.
	Logf func(format string, args ...any)
}

// Serve accepts clients from ln and starts Handler for each. It closes ln before it
// returns. It may return while handlers still run, or wait for those of ln's clients.
// Several calls, each with its own ln, may run at once. Listeners and conns are comparable.
//
// After a transient Accept error, Serve pauses before it calls Accept again: at
// least 5 ms, about doubled for each further error in a row, at most 1 s. Each
// listener has its own row. Any conn that its Accept returns ends it, even if the
// client has to wait for a slot. These are transient: EMFILE and ENFILE (no more
// descriptors; on Windows WSAEMFILE) and ECONNABORTED (a client aborted in the
// backlog; on Windows WSAECONNABORTED), however ln wraps them. An error that
// calls itself Temporary, as a passed deadline of ln does, may be transient, too:
// both are right. Serve returns any other error, wrapped or unchanged; if
// somebody else closed ln, that is net.ErrClosed. Handlers, even of ln's
// clients, and other listeners carry on. Serve may close conns that wait for a slot.
//
// After Shutdown or Close, Serve returns ErrServerClosed, even if it is called only
// then, or a permanent Accept error that came before. Serve may wait for all running
// handlers first, but neither for a pause nor for a client without a slot.
func (s *Server) Serve(ln net.Listener) error {
	// TODO: write this.
	return errors.New("Serve is not written yet")
}

// Shutdown first closes all listeners, even if ctx is already done, and ignores the
// errors of that. Then it waits until every handler has ended. If ctx is done first,
// Shutdown returns ctx.Err(), wrapped or unchanged, and the handlers carry on; it may
// be called again. If no handler is running, it returns nil, even if ctx is done. Close
// alone does not end a Shutdown's wait. Once Shutdown has begun, no handler starts: the
// server soon closes the conns of clients that still wait, even while handlers run. A
// handler has started when Active counts it; its first line may run later. Nothing is
// left on ctx when Shutdown returns; a goroutine may stay until the handlers have ended.
//
// If ctx is that of a running handler, or derived from it, Shutdown would wait
// for its own caller. Then it waits for no handler: it closes the listeners and
// returns nil, even if ctx is done. If that handler has ended or belongs to
// another Server, Shutdown waits as usual.
func (s *Server) Shutdown(ctx context.Context) error {
	// TODO: write this.
	return errors.New("Shutdown is not written yet")
}

// Close closes all listeners and all clients' conns, and cancels the ctx of all
// handlers. It does not wait for the handlers to end; Shutdown does, even after
// Close. Once Close has begun, no handler starts. Close always returns nil,
// whatever closing a conn or listener returns, and even if called twice or after
// Shutdown; it has a result so that Server is an io.Closer.
func (s *Server) Close() error {
	// TODO: write this.
	return errors.New("Close is not written yet")
}

// Active returns how many handlers are running, also those that have closed
// their conn.
func (s *Server) Active() int {
	// TODO: write this.
	return 0
}
