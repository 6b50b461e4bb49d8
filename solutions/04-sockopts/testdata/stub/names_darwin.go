package sockopts

import "golang.org/x/sys/unix"

// The names of two options that are not the same on every system.
const (
	tcpKeepIdle    = unix.TCP_KEEPALIVE // seconds
	tcpUserTimeout = -1                 // macOS does not have it
)
