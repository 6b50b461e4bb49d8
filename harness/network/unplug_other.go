//go:build !linux

package network

import "net"

// Unplug returns false: this platform has no way to drop what arrives.
func Unplug(net.Conn) bool { return false }
