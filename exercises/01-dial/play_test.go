package dial_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"

	dial "socketkata/exercises/01-dial"
	"socketkata/harness/peer"
)

// TestPlay is what make play runs; plain go test skips it. Each line that you
// type is a request.
func TestPlay(t *testing.T) {
	peer.Play(t, func(s *peer.Stage) {
		s.Handle(shout)
		s.Ask(func(ctx context.Context, addr string, line []byte) ([]byte, error) {
			return dial.Exchange(ctx, addr, line, roomy)
		})
	})
}

// shout is the server. It reads the request until EOF and sends it back in
// capitals.
func shout(_ context.Context, c net.Conn) error {
	request, err := io.ReadAll(c)
	if err == nil {
		_, err = c.Write(bytes.ToUpper(request))
	}
	return err
}
