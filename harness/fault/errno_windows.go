package fault

import "syscall"

// The numbers Windows Sockets uses. syscall.EMFILE and its like are inventions
// of package syscall on Windows; no socket call ever returns them.
const (
	errReset   = syscall.WSAECONNRESET
	errPipe    = syscall.WSAECONNRESET
	errAborted = syscall.Errno(10053) // WSAECONNABORTED
	errFiles   = syscall.Errno(10024) // WSAEMFILE
	errSystem  = errFiles

	readCall   = "wsarecv"
	writeCall  = "wsasend"
	acceptCall = "acceptex"
)
