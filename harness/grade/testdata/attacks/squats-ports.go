// It listens wherever it can, so that others cannot.
//
// Listed: graded
// Unlisted: graded

package echo

import (
	"fmt"
	"net"
)

var kept []net.Listener

func attack() {
	for port := 20000; port < 21000; port++ {
		if ln, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", port)); err == nil {
			kept = append(kept, ln)
		}
	}
}
