//go:build !unix

package network

import "net"

// LimitListener does nothing: no other process gets a listener here.
func LimitListener(net.Listener) {}
