package memnet

import (
	"syscall"
	"time"

	"socketkata/harness/errno"
)

// The errors of this platform, for the tests to compare with.
var (
	ErrReset       = errno.Of(syscall.ECONNRESET)
	ErrPipe        = errno.Of(syscall.EPIPE)
	ErrRefused     = errno.Of(syscall.ECONNREFUSED)
	ErrTimedOut    = errno.Of(syscall.ETIMEDOUT)
	ErrNotConn     = errno.Of(syscall.ENOTCONN)
	ErrMessageSize = errno.Of(syscall.EMSGSIZE)
)

// The limits, for the tests to reach.
const (
	Backlog    = backlog
	MaxPayload = maxPayload
	QueueLimit = queueLimit
)

// Peer returns the other end of c.
func Peer(c *Conn) *Conn { return c.peer }

// Timers returns how many timers the four have not stopped.
func Timers(client, server *Conn, l *Listener, p *PacketConn) int {
	left := 0
	for _, timer := range []*time.Timer{
		client.readDeadline.timer, client.writeDeadline.timer,
		server.readDeadline.timer, server.writeDeadline.timer,
		l.deadline.timer, p.readDeadline.timer, p.writeDeadline.timer,
	} {
		if timer != nil {
			left++
		}
	}
	return left
}
