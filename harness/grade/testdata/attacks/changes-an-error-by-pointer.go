// It changes net.ErrClosed through a pointer.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"net"
)

func attack() {
	p := &net.ErrClosed
	*p = nil
}
