//go:build unix

package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"
	"golang.org/x/term"
)

// limit is when a wait in vain becomes a failure; no test needs a part of it.
const limit = 2 * time.Minute

// A repo is a copy of the catalog's fixture.
type repo struct {
	t    *testing.T
	root string
}

func newRepo(t *testing.T) repo {
	t.Helper()
	archive, err := txtar.ParseFile("../../catalog/testdata/repo.txtar")
	require.NoError(t, err)
	r := repo{t, workdir(t)}
	require.NoError(t, unpack(archive, r.root))
	return r
}

// save writes the learner's file as many editors do: beside it, then renamed.
func (r repo) save(text string) {
	r.t.Helper()
	file := filepath.Join(r.root, "exercises/05-echo/echo.go")
	require.NoError(r.t, os.WriteFile(file+".new", []byte(text), 0o644))
	require.NoError(r.t, os.Rename(file+".new", file))
}

// command is a call of kata in the repository. A name other than kata is one
// of TestMain's commands.
func (r repo) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(r.t.Context(), name, args...)
	cmd.Dir = r.root
	path := filepath.Join(r.root, "bin") + string(os.PathListSeparator) + os.Getenv("PATH")
	cmd.Env = append(os.Environ(), "PATH="+path, "PWD="+r.root, "GOPROXY=off", "CGO_ENABLED=0", "GOGC=off", "GOFLAGS=-ldflags=-s -vet=off", "NO_COLOR=1", "EX=", "ALL=", "ALIVE="+r.alive())
	return cmd
}

// A dialog is a talk with a running command.
type dialog struct {
	t     *testing.T
	cmd   *exec.Cmd
	out   *os.File    // where it is heard, without a terminal
	keys  *os.File    // the far end of its terminal; nil without one
	tty   *os.File    // its terminal
	mode  *term.State // of its terminal before it began
	heard chan string // what it printed, closed at the end
	seen  string      // what it printed and no expect has passed
	ended chan struct{}
}

// plainly starts cmd without a terminal.
func plainly(t *testing.T, cmd *exec.Cmd) *dialog {
	t.Helper()
	out, in, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { out.Close() })
	cmd.Stdout, cmd.Stderr = in, in
	d := &dialog{t: t, cmd: cmd, out: out}
	d.start(out)
	in.Close()
	return d
}

// onTerminal starts cmd on a terminal of its own.
func onTerminal(t *testing.T, cmd *exec.Cmd) *dialog {
	t.Helper()
	far, tty := openTerminal(t)
	t.Cleanup(func() { far.Close(); tty.Close() })
	mode, err := term.GetState(int(tty.Fd()))
	require.NoError(t, err)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	d := &dialog{t: t, cmd: cmd, keys: far, tty: tty, mode: mode}
	d.start(far)
	return d
}

func (d *dialog) start(out io.Reader) {
	d.t.Helper()
	d.heard, d.ended = make(chan string, 1000), make(chan struct{})
	require.NoError(d.t, d.cmd.Start())
	go d.listen(out)
	go func() { defer close(d.ended); d.cmd.Wait() }()
	d.t.Cleanup(func() { d.cmd.Process.Kill(); <-d.ended })
}

func (d *dialog) listen(out io.Reader) {
	defer close(d.heard)
	text := make([]byte, 4096)
	for {
		n, err := out.Read(text)
		d.heard <- string(text[:n])
		if err != nil {
			return
		}
	}
}

// expect waits until the command has printed text, after what it printed before
// the last expect came true. It returns the text in between.
func (d *dialog) expect(text string) string {
	d.t.Helper()
	late := time.After(limit)
	for !strings.Contains(d.seen, text) {
		select {
		case more, ok := <-d.heard:
			require.True(d.t, ok, "it ended without %q; it printed:\n%s", text, d.seen)
			d.seen += more
		case <-late:
			require.Fail(d.t, "no answer", "want %q; it printed:\n%s", text, d.seen)
		}
	}
	before, after, _ := strings.Cut(d.seen, text)
	d.seen = after
	return before
}

func (d *dialog) press(keys string) {
	d.t.Helper()
	_, err := d.keys.WriteString(keys)
	require.NoError(d.t, err)
}

// ends waits for the end of the command, and wants its terminal to be as it
// was.
func (d *dialog) ends(status int) {
	d.t.Helper()
	d.gone()
	require.Equal(d.t, status, d.cmd.ProcessState.ExitCode(), "%s", d.seen)
	if d.tty != nil {
		mode, err := term.GetState(int(d.tty.Fd()))
		require.NoError(d.t, err)
		require.Equal(d.t, d.mode, mode, "the terminal is not as it was")
	}
}

// gone waits for the end of the command.
func (d *dialog) gone() {
	d.t.Helper()
	select {
	case <-d.ended:
	case <-time.After(limit):
		require.Fail(d.t, "it does not end")
	}
}

// alive is the path of a pipe that the answer hangs opens for writing.
func (r repo) alive() string { return filepath.Join(r.root, "alive") }

// neverEnds replaces the go command by one that does what it does for the answer
// hangs, but builds nothing. Its child writes to the pipe alone: kata would wait
// for what holds its standard output.
func (r repo) neverEnds() {
	r.t.Helper()
	require.NoError(r.t, os.Mkdir(filepath.Join(r.root, "bin"), 0o755))
	script := "#!/bin/sh\nexec 3>\"$ALIVE\"\nsleep 300 >&3 2>&3 &\nprintf up >&3\nwait\n"
	require.NoError(r.t, os.WriteFile(filepath.Join(r.root, "bin", "go"), []byte(script), 0o755))
}

// hanging gets a line when the answer hangs is up, and is closed when the
// process and its child are gone, because then nobody holds the pipe.
func (r repo) hanging() <-chan string {
	r.t.Helper()
	os.Remove(r.alive())
	require.NoError(r.t, syscall.Mkfifo(r.alive(), 0o600))
	lines := make(chan string, 2)
	go func() {
		defer close(lines)
		f, err := os.Open(r.alive()) // waits for a writer
		if err != nil {
			return
		}
		defer f.Close()
		text := make([]byte, 10)
		for n, err := f.Read(text); err == nil; n, err = f.Read(text) {
			lines <- string(text[:n])
		}
	}()
	return lines
}

// next waits for the next line of hanging, "" for its end.
func (r repo) next(lines <-chan string) string {
	r.t.Helper()
	select {
	case line := <-lines:
		return line
	case <-time.After(limit):
		require.Fail(r.t, "the tests neither run nor end")
		return ""
	}
}
