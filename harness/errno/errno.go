// Package errno knows the errors of system calls on every platform.
package errno

import (
	"errors"
	"runtime"
	"syscall"
)

// winsock holds the numbers that Windows Sockets uses. On Windows
// syscall.ECONNRESET and its like are inventions that no socket call returns.
var winsock = map[syscall.Errno]syscall.Errno{
	syscall.EACCES:       10013, // WSAEACCES
	syscall.EMFILE:       10024, // WSAEMFILE
	syscall.EMSGSIZE:     10040, // WSAEMSGSIZE
	syscall.EADDRINUSE:   10048, // WSAEADDRINUSE
	syscall.ECONNABORTED: 10053, // WSAECONNABORTED
	syscall.ECONNRESET:   10054, // WSAECONNRESET
	syscall.ENOTCONN:     10057, // WSAENOTCONN
	syscall.ETIMEDOUT:    10060, // WSAETIMEDOUT
	syscall.ECONNREFUSED: 10061, // WSAECONNREFUSED
}

// Of returns the error with that POSIX name as sockets of this platform return
// it. On Windows it knows the names in [Is], ENFILE, for which Windows has
// WSAEMFILE, and EPIPE, for which it has WSAESHUTDOWN.
func Of(posix syscall.Errno) syscall.Errno {
	if runtime.GOOS != "windows" {
		return posix
	}
	switch posix {
	case syscall.ENFILE:
		return winsock[syscall.EMFILE]
	case syscall.EPIPE:
		return 10058 // WSAESHUTDOWN
	}
	return winsock[posix]
}

// Is reports whether err is, or wraps, the error with that POSIX name, on
// Windows under the number that its sockets use. It knows EACCES, EADDRINUSE,
// ECONNABORTED, ECONNREFUSED, ECONNRESET, EMFILE, EMSGSIZE, ENOTCONN and
// ETIMEDOUT there.
func Is(err error, posix syscall.Errno) bool {
	if errors.Is(err, posix) {
		return true
	}
	windows, ok := winsock[posix]
	return ok && errors.Is(err, windows)
}
