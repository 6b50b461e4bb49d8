//go:build !unix

package network

import "net"

// limitListener does nothing: no other process gets a listener here.
func limitListener(net.Listener) {}
