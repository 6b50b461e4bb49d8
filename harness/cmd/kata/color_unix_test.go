//go:build unix

package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestColor has colours on a terminal, unless the learner or the terminal says no.
func TestColor(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	talk := func(setting string, args ...string) *dialog {
		cmd := r.command("kata", args...)
		cmd.Env = append(cmd.Env, "NO_COLOR=", "TERM=xterm", setting)
		return onTerminal(t, cmd)
	}
	const line = "+// Answer returns the word for n."
	d := talk("TERM=linux", "diff", "5")
	d.expect("\x1b[32m" + line + "\x1b[0m")
	d.ends(0)
	d = talk("TERM=linux", "list")
	d.expect("\x1b[2m☆\x1b[0m")
	d.ends(0)
	for _, no := range []string{"NO_COLOR=1", "TERM=dumb"} {
		d = talk(no, "diff", "5")
		require.NotContains(t, d.expect("\n"+line+"\r\n"), "\x1b", no)
		d.ends(0)
	}
}
