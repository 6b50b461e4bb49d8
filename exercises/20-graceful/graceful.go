// Package graceful is a server that knows how to stop: it finishes what it has
// begun, begins nothing new, says goodbye to its clients, and does not wait
// forever.
package graceful

import (
	"context"
	"errors"
	"net"
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
	// TODO: write this.
	return errors.New("Run is not written yet")
}
