package listen_test

import (
	"fmt"
	"net"
	"testing"

	listen "socketkata/exercises/02-listen"
	"socketkata/harness/peer"
)

// TestPlay is what make play starts; go test alone passes it over. It serves
// three clients, and three more.
func TestPlay(t *testing.T) {
	peer.Play(t, func(s *peer.Stage) {
		s.Serve(func(ln net.Listener) error {
			for {
				n, err := listen.ServeN(ln, 3, greetAndWait)
				fmt.Printf("ServeN returned %d and an error of the kind %q\n", n, listen.Kind(err))
				if err != nil {
					return err
				}
			}
		})
		s.Hint("nc 127.0.0.1 %PORT    greets you and waits for a line; clients take turns")
	})
}
