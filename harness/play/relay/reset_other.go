//go:build !unix

package relay

import "net"

// wasReset is for platforms where a socket can be asked. Here a reset shows
// at the next Read or Write.
func wasReset(*net.TCPConn) bool { return false }
