package network

import (
	"fmt"
	"net"
	"time"
)

// knockTime is enough for a busy server on this machine.
const knockTime = 500 * time.Millisecond

// Knock sends one datagram of one byte to a UDP address of this machine and
// waits for any answer. Its error is [IsRefused] if nobody receives there, and
// [IsTimeout] if no answer comes. Only a connected socket hears of a refusal, so
// the conn of a script cannot tell the two apart. Windows never tells.
func Knock(addr string) error {
	c, err := net.Dial("udp", addr)
	if err != nil {
		return fmt.Errorf("knock: %w", err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(knockTime))
	if _, err = c.Write([]byte("?")); err == nil {
		_, err = c.Read(make([]byte, 1))
	}
	if err != nil {
		return fmt.Errorf("knock: %w", err)
	}
	return nil
}
