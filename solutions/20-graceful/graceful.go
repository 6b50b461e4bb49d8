// Package graceful is a server that knows how to stop: it finishes what it has
// begun, begins nothing new, says goodbye to its clients, and does not wait
// forever.
package graceful

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Linger is how long the server waits for a client's FIN after its own.
const Linger = time.Second

// ErrForced means that a stop was not finished when Grace was over.
var ErrForced = errors.New("stop forced")

// A Server answers requests, one line each. All fields must be set, to positive
// values, and must not change while Run is running.
type Server struct {
	// Handle answers one request. Run sends the answer and a "\n". It calls Handle
	// for many clients at once, but for one client one request at a time, in order,
	// each after the previous answer was sent. If Handle fails, Run sends no answer
	// and ends the conn.
	//
	// ctx has the values of Run's ctx. While Handle is running, ctx is done only if
	// the stop is forced. Its cause is then the error that Run returns.
	Handle func(ctx context.Context, request string) (answer string, err error)

	// Idle limits how long a client may be silent before a request: from Accept or
	// from the end of the previous answer to the request's first byte.
	Idle time.Duration

	// Read limits how long a request may take to arrive: from its first byte, or
	// from the end of the previous answer if that is later, to its "\n".
	Read time.Duration

	// Write limits how long it may take to send one answer.
	Write time.Duration

	// Grace limits how long a stop may take.
	Grace time.Duration

	// MaxLine limits the bytes of a request, not counting its "\n". Run may count
	// a "\r" before that or not.
	MaxLine int
}

// Run serves the clients of ln until it is told to stop.
//
// A request is a line without its "\n", even an empty one; if there is a "\r"
// before the "\n", Run may keep or remove it. Bytes without a "\n" after them are
// no request.
//
// Run ends a conn at the client's FIN, after the answers to the requests before
// it; when Idle or Read is over; when Handle fails; and when a request has more
// than MaxLine bytes, at the latest when its "\n" or MaxLine + 64 KiB have
// arrived. To end a conn, Run sends FIN, reads and drops what still arrives until
// the client's FIN, however much it is, but for no longer than Linger, and then
// closes the conn; after the client's FIN, Close alone will do. If sending an
// answer takes longer than Write, or if the conn fails, by a reset for example,
// Run closes it without Linger, by FIN or RST: at once, or when a Handle that is
// running for it has returned.
//
// The stop begins when ctx is done or Accept fails; the first of these is its
// reason. At once, Run closes ln and ends every conn on which no request is in
// flight; if it has sent FIN before, Linger goes on. A request is in flight from
// the call of Handle until its answer is written; Run ends its conn after that.
// Run calls Handle for no other request, even if that has already arrived, and
// ends a conn that Accept returns only now. When Accept has failed and all conns
// are closed, Run returns nil if ctx was the reason, otherwise the error of
// Accept, wrapped or unchanged.
//
// If that takes longer than Grace, even because of Linger, the stop is forced.
// Run resets all open conns (SetLinger(0), then Close), cancels the ctx of every
// running Handle and returns at once, even if Handle does not. The error wraps
// ErrForced and the reason of the stop: context.Cause(ctx) or the error of
// Accept.
//
// If two events happen at the same instant, either may count as the first. The
// conns have the methods CloseWrite and SetLinger of *net.TCPConn, but may have
// another type.
//
// Run may be called several times, even at once, with different listeners. Calls
// do not affect each other. Run keeps nothing of a conn that is closed. Soon
// after it has returned, nothing is left but a Handle that ignores its ctx and
// what waits for it: no other goroutine, no timer, nothing registered on ctx.
func (s *Server) Run(ctx context.Context, ln net.Listener) error {
	handling, cancel := context.WithCancelCause(context.WithoutCancel(ctx)) // a stop alone cancels no handler
	defer cancel(nil)
	r := &run{Server: s, handling: handling, conns: map[net.Conn]state{}}
	failed := make(chan error, 1)
	r.all.Go(func() { failed <- r.accept(ln) })

	var reason, result error
	select {
	case <-ctx.Done():
		reason = context.Cause(ctx)
	case result = <-failed:
		reason = result
	}
	ln.Close() // wakes Accept
	r.stop()

	closed := make(chan struct{})
	go func() {
		r.all.Wait()
		close(closed)
	}()
	grace := time.NewTimer(s.Grace)
	defer grace.Stop()
	select {
	case <-closed:
		return result
	case <-grace.C:
		forced := fmt.Errorf("%w: %w", ErrForced, reason)
		r.reset()
		cancel(forced)
		return forced
	}
}

// A state says what a conn is doing. The stop treats each state differently.
type state int

const (
	waiting state = iota // for a request or the rest of one
	busy                 // a request is in flight
	ending               // FIN is sent, the client's is awaited
)

// A run is what one call of Run knows.
type run struct {
	*Server
	handling context.Context // of Handle
	all      sync.WaitGroup  // the accept loop and one goroutine for each conn

	mu       sync.Mutex
	stopping bool
	conns    map[net.Conn]state // that are open
}

func (r *run) accept(ln net.Listener) error {
	for {
		c, err := ln.Accept()
		if err != nil {
			return err
		}
		r.all.Go(func() { r.serve(c) })
	}
}

// stop lets no conn become busy any more and wakes those that wait.
func (r *run) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopping = true
	for c, now := range r.conns {
		if now == waiting {
			c.SetReadDeadline(past)
		}
	}
}

// reset closes every conn with RST, which also wakes its goroutine.
func (r *run) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.conns {
		if c, ok := c.(interface{ SetLinger(int) error }); ok {
			c.SetLinger(0)
		}
		c.Close()
	}
}

// enter changes the state of a conn and gives its next reads a time limit. It
// reports false if the server is stopping and the state would keep it from that.
// The deadline is set under the lock: otherwise it could undo the one of stop,
// and the conn would wait for a request as if nothing had happened.
func (r *run) enter(c net.Conn, next state, limit time.Duration) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopping && next != ending {
		return false
	}
	r.conns[c] = next
	c.SetReadDeadline(time.Now().Add(limit))
	return true
}

// forget closes a conn of which nothing is needed any more.
func (r *run) forget(c net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, c)
	c.Close()
}

// serve answers a client's requests one by one and then ends the conn.
func (r *run) serve(c net.Conn) {
	defer r.forget(c)
	in := bufio.NewReaderSize(c, r.MaxLine+1) // one for all requests: it reads ahead
	for {
		request, ok := r.request(c, in)
		if !ok {
			break
		}
		answer, err := r.Handle(r.handling, request)
		if err != nil {
			break
		}
		c.SetWriteDeadline(time.Now().Add(r.Write)) // for the whole answer, and not for the next Read
		if _, err := io.WriteString(c, answer+"\n"); err != nil {
			return // FIN would end an answer that is cut off
		}
	}
	r.end(c)
}

// request reads the next request. It returns false if there is none or if it
// must not start.
func (r *run) request(c net.Conn, in *bufio.Reader) (string, bool) {
	if !r.enter(c, waiting, r.Idle) {
		return "", false
	}
	if _, err := in.Peek(1); err != nil {
		return "", false
	}
	if !r.enter(c, waiting, r.Read) { // set once: bytes that trickle in do not extend it
		return "", false
	}
	line, err := in.ReadSlice('\n') // the buffer limits a line that has no end
	if err != nil || len(line) > r.MaxLine+1 {
		return "", false
	}
	return string(line[:len(line)-1]), r.enter(c, busy, 0) // nothing is read meanwhile
}

// end sends FIN and drops what still arrives: to close a conn with bytes unread
// sends RST, which can destroy an answer that the client has not read yet.
func (r *run) end(c net.Conn) {
	r.enter(c, ending, Linger)
	if half, ok := c.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		io.Copy(io.Discard, c)
	}
}

// past is a deadline in the past: it wakes a blocked Read.
var past = time.Unix(1, 0)
