// It connects to a server outside, and asks for a name.
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
	c, err := net.DialTimeout("udp", "192.0.2.1:53", time.Second)
	fmt.Println(c, err)
	fmt.Println(net.LookupHost("localhost.invalid"))
}
