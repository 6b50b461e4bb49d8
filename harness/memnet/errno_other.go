//go:build !windows

package memnet

import "syscall"

// The numbers the kernel's sockets use.
const (
	errReset       = syscall.ECONNRESET
	errPipe        = syscall.EPIPE
	errRefused     = syscall.ECONNREFUSED
	errTimedOut    = syscall.ETIMEDOUT
	errNotConn     = syscall.ENOTCONN
	errMessageSize = syscall.EMSGSIZE
)
