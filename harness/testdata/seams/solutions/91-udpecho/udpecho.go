// Package udpecho is an echo server for datagrams.
package udpecho

import (
	"context"
	"errors"
	"net"
	"time"
)

// Serve sends every datagram that it receives on pc back to its sender. It
// returns nil once ctx is done or pc is closed.
func Serve(ctx context.Context, pc net.PacketConn) error {
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(woken)
		pc.SetReadDeadline(time.Unix(1, 0))
	})
	defer func() {
		if !stop() {
			<-woken
		}
	}()
	buf := make([]byte, 64<<10)
	for {
		n, from, err := pc.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) || ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		pc.WriteTo(buf[:n], from)
	}
}
