//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package terminal

import (
	"os"

	"golang.org/x/term"
)

// singleKeys makes a terminal pass on each key at once, and Ctrl-C as a key. On
// Windows, raw mode leaves the output as it is.
func singleKeys(fd int) error {
	_, err := term.MakeRaw(fd)
	return err
}

func resumes() chan os.Signal { return nil }
