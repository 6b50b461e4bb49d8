//go:build !linux

package peer

import (
	"errors"
	"net"
)

const canSeeUnread = false

func unread(net.Conn) (int, error) { return 0, errors.ErrUnsupported }

func unreadAt(net.Conn) (n int, ok bool) { return 0, false }

func receivedAt(net.Conn) (n int64, ok bool) { return 0, false }
