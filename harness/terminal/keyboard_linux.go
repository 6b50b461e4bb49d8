package terminal

import "golang.org/x/sys/unix"

const (
	getMode = unix.TCGETS
	setMode = unix.TCSETS
	noKey   = 0 // _POSIX_VDISABLE
)
