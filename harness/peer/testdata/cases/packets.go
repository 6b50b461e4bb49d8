package cases

import (
	"errors"
	"net"
	"os"
	"time"
)

// EchoPackets sends every datagram back to where it came from, until the conn
// is closed.
func EchoPackets(pc net.PacketConn) error {
	p := make([]byte, 1<<16)
	for {
		n, from, err := pc.ReadFrom(p)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := pc.WriteTo(p[:n], from); err != nil {
			return err
		}
	}
}

// Ask sends a request up to three times, a second apart, until an answer comes.
func Ask(pc net.PacketConn, to net.Addr, request string) (string, error) {
	p := make([]byte, 100)
	for range 3 {
		if _, err := pc.WriteTo([]byte(request), to); err != nil {
			return "", err
		}
		pc.SetReadDeadline(time.Now().Add(time.Second))
		n, _, err := pc.ReadFrom(p)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return string(p[:n]), err
		}
	}
	return "", os.ErrDeadlineExceeded
}
