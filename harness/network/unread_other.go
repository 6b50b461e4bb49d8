//go:build !linux

package network

import (
	"errors"
	"net"
)

const CanSeeUnread = false

func Unread(net.Conn) (int, error) { return 0, errors.ErrUnsupported }

func UnreadAt(net.Conn) (n int, ok bool) { return 0, false }

func ReceivedAt(net.Conn) (n int64, ok bool) { return 0, false }

func BufferedAt(net.Conn) (n int64, ok bool) { return 0, false }

// Queued reports nothing: this platform does not show what waits at the other
// end of a Unix socket.
func Queued(net.Conn) (queued, known bool) { return false, false }
