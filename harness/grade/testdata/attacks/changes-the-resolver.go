// It changes the resolver that every dial uses.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"net"
)

func attack() { net.DefaultResolver.PreferGo = false }
