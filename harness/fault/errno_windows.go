package fault

import "syscall"

// The numbers Windows Sockets uses. syscall.EMFILE and its like are inventions
// of package syscall on Windows; no socket call ever returns them.
const (
	errAborted = syscall.Errno(10053) // WSAECONNABORTED
	errFiles   = syscall.Errno(10024) // WSAEMFILE
	errSystem  = errFiles

	acceptCall = "acceptex"
)
