package ctxio_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	ctxio "socketkata/exercises/16-ctxio"
	"socketkata/harness/peer"
)

// TestPlay is what make play starts; go test alone skips it.
func TestPlay(t *testing.T) {
	peer.Play(t, func(s *peer.Stage) {
		s.Handle(echoPatiently)
		s.Hint("nc 127.0.0.1 %PORT    type lines; after ten silent seconds ctx times out")
	})
}

// echoPatiently echoes, and gives up after ten seconds of silence.
func echoPatiently(ctx context.Context, c net.Conn) error {
	for buf := make([]byte, 1024); ; {
		patience, cancel := context.WithTimeout(ctx, 10*time.Second)
		n, err := ctxio.Read(patience, c, buf)
		cancel()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			_, err = ctxio.Write(ctx, c, buf[:n])
		}
		if err != nil {
			return err
		}
	}
}
