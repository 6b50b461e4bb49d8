//go:build !unix

package network

import "net"

// canSeeReset tells whether this platform shows that a conn was reset.
const canSeeReset = false

func noPeer(net.Conn) bool { return false }
