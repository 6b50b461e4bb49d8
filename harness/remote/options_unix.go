//go:build unix && !linux

package remote

import "golang.org/x/sys/unix"

// keptOptions are the options that package net sets when it makes a
// *net.TCPConn of a file, as far as every system has them.
func keptOptions() []option {
	return []option{{unix.IPPROTO_TCP, unix.TCP_NODELAY}, {unix.SOL_SOCKET, unix.SO_KEEPALIVE}}
}
