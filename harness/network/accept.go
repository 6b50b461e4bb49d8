package network

import (
	"errors"
	"net"
	"time"
)

// acceptPause lets others run while there is no descriptor for a conn.
const acceptPause = 5 * time.Millisecond

// AcceptAll calls took with each conn of a listener, or with why Accept has failed,
// until the listener is closed: the last error is net.ErrClosed. Any other passes: a
// conn was aborted, or waits in the queue because there is no descriptor left for it.
func AcceptAll(ln net.Listener, took func(c net.Conn, err error)) {
	for {
		c, err := ln.Accept()
		if err == nil {
			LimitBuffers(c)
		}
		took(c, err)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			time.Sleep(acceptPause)
		}
	}
}
