package concurrent_test

import (
	"log"
	"testing"

	concurrent "socketkata/exercises/09-concurrent"
	"socketkata/harness/peer"
)

// TestPlay is what make play starts; go test alone skips it.
func TestPlay(t *testing.T) {
	peer.Play(t, func(s *peer.Stage) {
		srv := &concurrent.Server{Handler: talk, MaxConns: 3, Logf: log.Printf}
		if s.Measured() {
			srv.MaxConns = 10_000
		}
		s.Serve(srv.Serve)
		s.OnStop(srv.Shutdown)
		s.Hint("nc 127.0.0.1 %PORT    type lines, bye or panic; a fourth client waits")
	})
}
