//go:build unix

package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/term"

	"socketkata/harness/terminal"
)

const (
	twoOfFive = `package echo

func Answer(n int) string { return [...]string{"", "one", "two", "", "", ""}[n] }
`
	all = `package echo

func Answer(n int) string { return [...]string{"", "one", "two", "three", "four", "five"}[n] }
`
	halfWritten = `package echo

func Answer(n int) string { return [...]string{"", "one", "tw
`
	hangs = `package echo

import (
	"os"
	"os/exec"
)

func Answer(n int) string {
	pipe, _ := os.OpenFile(os.Getenv("ALIVE"), os.O_WRONLY, 0)
	child := exec.Command("sleep", "300")
	child.Stdout = pipe
	child.Start()
	pipe.WriteString("up")
	select {}
}
`
)

// TestWatchWithoutTerminal has a plain loop, which runs at each save.
func TestWatchWithoutTerminal(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.save(twoOfFive)
	d := plainly(t, r.command("kata", "watch"))
	d.expect("05 echo: edit exercises/05-echo/echo.go")
	d.expect("✗ R3")
	d.expect("hint: make hint EX=05")
	d.expect("watching 1 file: exercises/05-echo/echo.go (Ctrl-C ends)")

	r.save(halfWritten)
	d.expect("echo.go changed")
	d.expect("exercises/05-echo/echo.go:3:")
	d.expect("does not compile")

	require.NoError(t, os.Remove(filepath.Join(r.root, "exercises/05-echo/echo.go")))
	d.expect("kata: exercises/05-echo/echo.go is missing: make reset EX=05 puts the stub there")
	d.expect("watching 0 files in exercises/05-echo")

	r.save(all)
	d.expect("Well done: every requirement of 05-echo passes.")
	d.expect("make test EX=06")

	require.NoError(t, d.cmd.Process.Signal(syscall.SIGTERM))
	d.expect("kata: interrupted")
	d.ends(int(terminal.Interrupted))
}

// TestWatchKeys obeys single keys, and goes on to another exercise only when
// told to.
func TestWatchKeys(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	d := onTerminal(t, r.command("kata", "watch", "5"))
	d.expect("hint: press h")
	d.expect("Enter run · h hint · n next · b back · l list · q quit")
	d.press("?")
	d.expect("Ctrl-D")
	d.press("h")
	d.expect("Begin with one.")
	d.expect("1 of 3; press h for more")
	d.press("b")
	d.expect("You have not left any exercise with n.")
	d.press("\x1bOq") // a key that sends more than one letter
	d.press("l")
	d.expect("Part 2") // the ladder

	r.save(all)
	d.expect("echo.go changed")
	d.expect("Well done")
	d.expect("press n to move on to 06 lines")
	d.expect("watching 1 file: exercises/05-echo/echo.go")
	d.press("\n")
	d.expect("once more")
	require.NotContains(t, d.expect("Well done"), "06 lines")

	d.press("n")
	d.expect("06 lines: edit exercises/06-lines/lines.go")
	d.expect("✗ R1")
	d.expect("watching 1 file: exercises/06-lines/lines.go")
	d.press("n")
	d.expect("No other exercise is unfinished")
	d.press("b")
	d.expect("05 echo: edit exercises/05-echo/echo.go")
	d.expect("Well done")
	d.press("q")
	d.ends(int(terminal.OK))
}

// TestWatchEnds leaves nothing behind, whatever ends it in the middle of a run.
func TestWatchEnds(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.neverEnds()
	for _, end := range []struct {
		name   string
		do     func(d *dialog)
		status int
	}{
		{"q", func(d *dialog) { d.press("q") }, int(terminal.OK)},
		{"Ctrl-C", func(d *dialog) { d.press("\x03") }, int(terminal.OK)},
		{"Ctrl-D", func(d *dialog) { d.press("\x04") }, int(terminal.OK)},
		{"SIGINT", func(d *dialog) { d.cmd.Process.Signal(syscall.SIGINT) }, int(terminal.Interrupted)},
		{"SIGTERM", func(d *dialog) { d.cmd.Process.Signal(syscall.SIGTERM) }, int(terminal.Interrupted)},
		{"SIGQUIT", func(d *dialog) { d.press("\x1c") }, int(terminal.Interrupted)},
	} {
		t.Run(end.name, func(t *testing.T) {
			tests := r.hanging()
			d := onTerminal(t, r.command("kata", "watch", "5"))
			require.Equal(t, "up", r.next(tests))
			end.do(d)
			d.ends(end.status)
			require.Empty(t, r.next(tests))
		})
	}
}

// TestWatchHangup ends when the terminal is gone.
func TestWatchHangup(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.neverEnds()
	tests := r.hanging()
	d := onTerminal(t, r.command("kata", "watch", "5"))
	require.Equal(t, "up", r.next(tests))
	require.NoError(t, d.keys.Close())
	d.gone()
	require.Empty(t, r.next(tests))
}

// TestWatchUnheard ends when nobody reads its output any more.
func TestWatchUnheard(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.neverEnds()
	tests := r.hanging()
	d := plainly(t, r.command("kata", "watch", "5"))
	require.Equal(t, "up", r.next(tests))
	require.NoError(t, d.out.Close())
	r.save(twoOfFive)
	d.gone()
	require.Empty(t, r.next(tests))
}

// TestSaveEndsTheRun does not wait for a run that is out of date.
func TestSaveEndsTheRun(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.save(hangs)
	tests := r.hanging()
	d := plainly(t, r.command("kata", "watch", "5"))
	require.Equal(t, "up", r.next(tests))
	r.save(twoOfFive)
	require.Empty(t, r.next(tests))
	require.NotContains(t, d.expect("✗ R3"), "interrupted")
}

// TestTwoWatchers lets the first one work. The lock ends with its process,
// even if that is killed.
func TestTwoWatchers(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.save(halfWritten)
	first := plainly(t, r.command("kata", "watch", "5"))
	first.expect("watching 1 file")
	second := plainly(t, r.command("kata", "watch", "6"))
	second.expect("kata: another watch runs in this repository: use that one, or stop it first (q or Ctrl-C)\n")
	second.ends(int(terminal.Failed))

	r.save(halfWritten + "\n")
	first.expect("echo.go changed")
	first.expect("does not compile")
	require.NoError(t, first.cmd.Process.Kill())
	first.gone()
	third := plainly(t, r.command("kata", "watch", "5"))
	third.expect("watching 1 file")
}

// TestWatchResumes sets the terminal up again after Ctrl-Z and fg.
func TestWatchResumes(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.save(halfWritten)
	d := onTerminal(t, r.command("kata", "watch", "5"))
	d.expect("quit")
	ours, err := term.GetState(int(d.tty.Fd()))
	require.NoError(t, err)
	require.NotEqual(t, d.mode, ours)
	require.NoError(t, term.Restore(int(d.tty.Fd()), d.mode)) // as the shell does
	require.NoError(t, d.cmd.Process.Signal(syscall.SIGCONT))
	require.Eventually(t, func() bool {
		now, err := term.GetState(int(d.tty.Fd()))
		return err == nil && *now == *ours
	}, limit, 20*time.Millisecond)
	d.press("q")
	d.ends(int(terminal.OK))
}

// TestWatchPanics puts the terminal back even then.
func TestWatchPanics(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.neverEnds()
	tests := r.hanging()
	d := onTerminal(t, r.command("kata-panics", "watch", "5"))
	require.Equal(t, "up", r.next(tests))
	d.press("h")
	d.expect("panic: a fault of kata")
	d.ends(2)
	require.Empty(t, r.next(tests))
}
