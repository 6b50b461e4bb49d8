package play

import (
	"net"

	"socketkata/harness/play/relay"
)

// A between stands between the clients and the code: a [relay.Relay] or, for
// datagrams, a [relay.Packets].
type between interface {
	Active() int
	Leave()
	Idle() <-chan struct{}
	HangUp()
}

// begin asks the clients in.
func (s *show) begin() error {
	if err := s.stepBetween(); err != nil {
		return err
	}
	s.welcome()
	s.drawing = true
	return nil
}

// stepBetween starts to relay what clients send to kata's port.
func (s *show) stepBetween() error {
	if !s.ready.Packet {
		r := relay.New(s.ready.Addr, s.tap)
		s.relay = r
		go func() { s.served <- r.Serve(s.ln) }()
		return nil
	}
	s.ln.Close() // a client that connects is refused
	pc, err := net.ListenPacket("udp", s.ln.Addr().String())
	if err != nil {
		return portError(err, s.e, s.port())
	}
	r := relay.NewPackets(pc, s.ready.Addr, s.tap)
	s.relay = r
	go func() { s.served <- r.Serve() }()
	return nil
}

// port is where clients find kata.
func (s *show) port() int { return s.ln.Addr().(*net.TCPAddr).Port }
