// Package errno recognizes the errors of system calls on every platform.
package errno

import (
	"errors"
	"syscall"
)

// winsock holds the numbers that Windows Sockets uses. On Windows
// syscall.ECONNRESET and its like are inventions that no socket call returns.
var winsock = map[syscall.Errno]syscall.Errno{
	syscall.EACCES:       10013, // WSAEACCES
	syscall.EADDRINUSE:   10048, // WSAEADDRINUSE
	syscall.ECONNABORTED: 10053, // WSAECONNABORTED
	syscall.ECONNRESET:   10054, // WSAECONNRESET
	syscall.ETIMEDOUT:    10060, // WSAETIMEDOUT
	syscall.ECONNREFUSED: 10061, // WSAECONNREFUSED
}

// Is reports whether err is, or wraps, the error with that POSIX name, on
// Windows under the number that its sockets use. It knows EACCES, EADDRINUSE,
// ECONNABORTED, ECONNREFUSED, ECONNRESET and ETIMEDOUT there.
func Is(err error, posix syscall.Errno) bool {
	if errors.Is(err, posix) {
		return true
	}
	windows, ok := winsock[posix]
	return ok && errors.Is(err, windows)
}
