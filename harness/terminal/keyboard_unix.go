//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package terminal

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// singleKeys makes a terminal pass on each key at once, and Ctrl-C as a key: a
// signal would also go to make and to the go command, which then complain.
//
// Everything else stays as it was, unlike in raw mode: output needs no
// carriage returns, Ctrl-Z suspends, and a panic can be read.
func singleKeys(fd int) error {
	mode, err := unix.IoctlGetTermios(fd, getMode)
	if err != nil {
		return err
	}
	mode.Lflag &^= unix.ICANON | unix.ECHO
	mode.Cc[unix.VMIN], mode.Cc[unix.VTIME] = 1, 0
	mode.Cc[unix.VINTR] = noKey
	return unix.IoctlSetTermios(fd, setMode, mode)
}

// resumes tells when kata continues after it was suspended. The shell has used
// the terminal meanwhile.
func resumes() chan os.Signal {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGCONT)
	return c
}
