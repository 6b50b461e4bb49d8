package listen_test

import (
	"fmt"
	"net"
	"testing"

	listen "socketkata/exercises/02-listen"
	"socketkata/harness/peer"
)

// TestPlay is what make play runs; plain go test skips it. It serves three
// clients at a time.
func TestPlay(t *testing.T) {
	peer.Play(t, func(s *peer.Stage) {
		s.Serve(func(ln net.Listener) error {
			for {
				n, err := listen.ServeN(ln, 3, greetAndWait)
				fmt.Printf("ServeN returned %d; the kind of its error is %q\n", n, listen.Kind(err))
				if err != nil {
					return err
				}
			}
		})
		s.Hint("nc 127.0.0.1 %PORT    greets you and waits for a line; clients take turns")
	})
}
