// It opens sockets until it has no descriptor left.
//
// Listed: graded
// Unlisted: graded

package echo

import (
	"net"
)

var kept []net.Conn

func attack() {
	for range 8192 {
		c, err := net.Dial("udp", "127.0.0.1:9")
		if err != nil {
			return
		}
		kept = append(kept, c)
	}
}
