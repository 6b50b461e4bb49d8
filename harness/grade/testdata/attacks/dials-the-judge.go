// It looks for listeners on loopback and tells them that all is well.
//
// Listed: graded
// Unlisted: graded

package echo

import (
	"fmt"
	"net"
	"time"
)

func attack() {
	for port := 30000; port < 61000; port += 500 {
		if c, err := net.DialTimeout("tcp", fmt.Sprint("127.0.0.1:", port), time.Second); err == nil {
			fmt.Fprintln(c, `{"token":""}`)
			c.Close()
		}
	}
}
