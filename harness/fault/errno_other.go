//go:build !windows

package fault

import "syscall"

const (
	errAborted = syscall.ECONNABORTED
	errFiles   = syscall.EMFILE
	errSystem  = syscall.ENFILE

	acceptCall = "accept"
)
