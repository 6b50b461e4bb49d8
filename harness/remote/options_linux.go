package remote

import "golang.org/x/sys/unix"

// keptOptions are the options that package net sets when it makes a
// *net.TCPConn of a file.
func keptOptions() []option {
	return []option{
		{unix.IPPROTO_TCP, unix.TCP_NODELAY}, {unix.SOL_SOCKET, unix.SO_KEEPALIVE},
		{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE}, {unix.IPPROTO_TCP, unix.TCP_KEEPINTVL}, {unix.IPPROTO_TCP, unix.TCP_KEEPCNT},
	}
}
