// Package udpecho is an echo server for datagrams.
package udpecho

import (
	"context"
	"errors"
	"net"
)

// Serve sends every datagram that it receives on pc back to its sender. It
// returns nil once ctx is done or pc is closed.
func Serve(ctx context.Context, pc net.PacketConn) error {
	return errors.New("Serve is not written yet")
}
