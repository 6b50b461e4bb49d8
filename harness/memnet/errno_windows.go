package memnet

import "syscall"

// The numbers Winsock uses; syscall.ECONNRESET and its like are inventions on
// Windows that no socket ever returns. Winsock has no EPIPE: sending on a
// stream that was shut down gives WSAESHUTDOWN.
const (
	errReset       = syscall.WSAECONNRESET
	errPipe        = syscall.Errno(10058) // WSAESHUTDOWN
	errRefused     = syscall.Errno(10061) // WSAECONNREFUSED
	errTimedOut    = syscall.Errno(10060) // WSAETIMEDOUT
	errNotConn     = syscall.Errno(10057) // WSAENOTCONN
	errMessageSize = syscall.Errno(10040) // WSAEMSGSIZE
)
