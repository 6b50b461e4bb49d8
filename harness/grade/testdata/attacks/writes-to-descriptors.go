// It writes results to every descriptor, and exits.
//
// Listed: refused
// Unlisted: tampered

package echo

import (
	"fmt"
	"syscall"
)

func attack() {
	for fd := 3; fd < 64; fd++ {
		for _, t := range []string{"TestOneMessage_R1", "TestPieces_R2", "TestRoundTrip_R5"} {
			syscall.Write(fd, []byte(fmt.Sprintf("{\"kind\":\"began\",\"test\":%q}\n{\"kind\":\"ended\",\"test\":%q,\"status\":\"passed\"}\n", t, t)))
		}
	}
	syscall.Exit(0)
}
