package sockopts

import "golang.org/x/sys/unix"

// The names of two options that are not the same on every system.
const (
	tcpKeepIdle    = unix.TCP_KEEPIDLE     // seconds
	tcpUserTimeout = unix.TCP_USER_TIMEOUT // milliseconds
)
