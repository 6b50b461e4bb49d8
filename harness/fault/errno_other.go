//go:build !windows

package fault

import "syscall"

const (
	errReset   = syscall.ECONNRESET
	errPipe    = syscall.EPIPE
	errAborted = syscall.ECONNABORTED
	errFiles   = syscall.EMFILE
	errSystem  = syscall.ENFILE

	readCall   = "read"
	writeCall  = "write"
	acceptCall = "accept"
)
