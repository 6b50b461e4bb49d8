package play

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/judge"
	"socketkata/harness/terminal"
)

// TestPlayReference talks to the reference as people do.
func TestPlayReference(t *testing.T) {
	t.Parallel()
	e := find(t, "echo")
	program := built(t, e, judge.Reference(e))

	t.Run("two clients, FIN and RST", func(t *testing.T) {
		t.Parallel()
		p := perform(t, e, judge.Reference(e), program, nil)
		p.expect(`nc 127\.0\.0\.1 ` + p.addr[len("127.0.0.1:"):])
		one := p.dial()
		p.talk(one, "one\n")
		two := p.dial() // in the queue: the reference serves one after the other
		_, err := io.WriteString(two, "two\n")
		require.NoError(t, err)
		require.NoError(t, one.CloseWrite())
		_, err = one.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
		_, err = io.ReadFull(two, make([]byte, 4))
		require.NoError(t, err)
		two.SetLinger(0)
		two.Close()
		p.expect(`client 2 .* RST ─+▶│`)
		p.cancel()
		require.Equal(t, terminal.OK, p.end())
		for _, row := range []string{
			`client 1      │── connect ─+▶│ +\d+\.\dms`,
			`client 1      │── "one\\n" ─+▶│ +\d+\.\dms`,
			`client 1      │◀─+ "one\\n" ──│ +\d+\.\dms`,
			`client 1      │── FIN ─+▶│`,
			`client 1      │◀─+ FIN ──│`,
			`client 2      │◀─+ "two\\n" ──│`,
			`\n\n  Ctrl-C\. The listener is closed\.\n  Serve returned nil\.\n$`,
		} {
			require.Regexp(t, regexp.MustCompile(row), p.screen.String())
		}
		_, err = net.Dial("tcp", p.addr)
		require.Error(t, err, "the port is free again")
	})

	t.Run("Ctrl-C with a silent client", func(t *testing.T) {
		t.Parallel()
		p := perform(t, e, judge.Reference(e), program, nil)
		p.expect("reference\n")
		c := p.dial()
		p.talk(c, "hello\n")
		p.cancel()
		require.Equal(t, terminal.OK, p.end())
		p.expect(`(?s)1 client is still connected\. It disconnects now\..*client 1 .* FIN ─+▶│.*Serve returned nil\.`)
		_, err := c.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
	})

	t.Run("a flood while the terminal is stopped", func(t *testing.T) {
		t.Parallel()
		p := perform(t, e, judge.Reference(e), program, nil)
		p.expect("reference\n")
		p.screen.mu.Lock() // no more is written
		c := p.dial()
		const total = 16 << 20
		go c.Write(make([]byte, total))
		n, err := io.CopyN(io.Discard, c, total)
		p.screen.mu.Unlock()
		require.NoError(t, err, "%d bytes came back", n)
		p.expect(` … .* MB in \d+ pieces not drawn`)
		c.Close()
		p.cancel()
		require.Equal(t, terminal.OK, p.end())
	})
}

// TestPlayFaults plays servers that do what they should not.
func TestPlayFaults(t *testing.T) {
	t.Parallel()
	f := buildFaults(t)

	t.Run("panic", func(t *testing.T) {
		p := f.serve(t, "panic")
		c := p.dial()
		io.WriteString(c, "hello\n")
		require.Equal(t, terminal.Failed, p.end())
		p.expect(fmt.Sprintf(`\n  panic: assignment to entry in nil map\n  at \S+/faults\.go:%d, in Serve\.func1\n  The process has ended and cut off every client\. Correct that line, then make\n  play EX=05\.\n$`, f.line(t, `counts["x"]`)))
		require.NotContains(t, p.screen.String(), "goroutine")
		require.Contains(t, p.screen.String(), "client 1")
	})

	t.Run("file changed", func(t *testing.T) {
		t.Parallel()
		saved := filepath.Join(t.TempDir(), "echo.go")
		require.NoError(t, os.WriteFile(saved, []byte("package echo\n"), 0o644))
		c := judge.Candidate{Name: "test", Files: map[string]string{"echo.go": saved}}
		p := perform(t, f.e, c, f.program, strings.NewReader(""), func(s *show) { s.env = []string{"KATA_TEST_FAULT=error"} })
		p.expect(`the reference\n`)
		require.NoError(t, os.WriteFile(saved, []byte("package echo // better\n"), 0o644))
		p.expect(`echo\.go has changed; the code that was built before goes\n\s+on\. To play the change, press Ctrl-C, then make play EX=05\.`)
		p.cancel()
		require.Equal(t, terminal.OK, p.end())
		require.Equal(t, 1, strings.Count(p.screen.String(), "has changed"))
	})

	t.Run("error", func(t *testing.T) {
		p := f.serve(t, "error")
		c := p.dial()
		io.WriteString(c, "hello\n")
		require.Equal(t, terminal.Failed, p.end())
		p.expect(fmt.Sprintf(`Serve returned the error "too tired" while its listener was open, so no\s+client\s+is served any more\.\n  Find the cause in \S+\.go:%d,\s+then\s+run`, f.line(t, "func Serve(")))
		p.expect(`your code     half a line, then the rest\n`)
		p.expect(`your code     no end\n`)
	})

	t.Run("stub", func(t *testing.T) {
		p := f.serveEarly(t, "stub")
		require.Equal(t, terminal.Failed, p.end())
		p.expect(fmt.Sprintf(`Serve is not written yet, so there is nothing to play\.\n  Start in \S+\.go:%d;\s+make\s+test\s+EX=05\s+says`, f.line(t, "func Serve(")))
	})

	t.Run("never returns", func(t *testing.T) {
		p := f.serve(t, "never")
		p.cancel()
		require.Equal(t, terminal.Failed, p.end())
		p.expect(fmt.Sprintf(`Serve has not returned, although its clients have disconnected:\n  a goroutine is blocked \(select\) at echo\.go:%d\n  The process is killed\.`, f.line(t, "// never returns")))
	})

	t.Run("Ctrl-C again", func(t *testing.T) {
		p := f.serve(t, "never")
		p.cancel()
		p.expect(`Ctrl-C\.`)
		close(p.again)
		require.Equal(t, terminal.Interrupted, p.end())
		p.expect(`Ctrl-C again: the process is killed\.`)
	})

	t.Run("does not begin", func(t *testing.T) {
		t.Parallel()
		p := perform(t, f.e, f.c, f.program, strings.NewReader(""), func(s *show) {
			s.env, s.slow = []string{"KATA_TEST_FAULT=init"}, 0
		})
		p.expect(`^kata: your code has not started yet: perhaps an init function never returns; Ctrl-C stops it\n$`)
		p.cancel()
		require.ErrorIs(t, <-p.ended, context.Canceled)
	})

	t.Run("leaves a process", func(t *testing.T) {
		if runtime.GOOS == "windows" {
			t.Skip("no process groups")
		}
		p := f.serve(t, "leaves")
		p.expect(`pid \d+`)
		pid, err := strconv.Atoi(regexp.MustCompile(`pid (\d+)`).FindStringSubmatch(p.screen.String())[1])
		require.NoError(t, err)
		p.cancel()
		require.Equal(t, terminal.OK, p.end())
		p.expect(`Serve returned the error "accept tcp .*`)
		// Who is killed takes a moment to die.
		require.Eventually(t, func() bool { return gone(pid) }, 30*time.Second, 10*time.Millisecond, "the process that the code started lives on")
	})
}

// gone reports whether a process has ended, though its new parent may not have
// looked yet.
func gone(pid int) bool {
	process, err := os.FindProcess(pid)
	if err != nil || process.Signal(syscall.Signal(0)) != nil {
		return true
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(text), ") Z ")
}

// TestPlayClient types two lines for a client.
func TestPlayClient(t *testing.T) {
	t.Parallel()
	e := find(t, "dial")
	p := perform(t, e, judge.Reference(e), built(t, e, judge.Reference(e)), strings.NewReader("hello\nlast, without an end"))
	require.Equal(t, terminal.OK, p.end())
	p.expect(`(?s)conn 1        │◀─+ connect ──│.*conn 1        │◀─+ "hello\\n" ──│.*conn 1        │── "HELLO\\n" ─+▶│.*The reference returned "HELLO\\n" after .*conn 2 .*returned "LAST, WITHOUT AN END" after .*End of input\.\n$`)
}

// TestSoakPlays begins and ends the play of each exercise that has one. Each is
// a program to link, so without KATA_SOAK it is the last of them alone.
func TestSoakPlays(t *testing.T) {
	t.Parallel()
	c, err := catalog.Load(".")
	require.NoError(t, err)
	playable := slices.DeleteFunc(c.Exercises, func(e *catalog.Exercise) bool { return e.Playable() != nil })
	require.NotEmpty(t, playable)
	if os.Getenv("KATA_SOAK") == "" {
		playable = playable[len(playable)-1:]
	}
	for _, e := range playable {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			typed, writer := io.Pipe()
			defer writer.Close()
			p := perform(t, e, judge.Reference(e), built(t, e, judge.Reference(e)), typed)
			p.expect("the reference\n")
			p.cancel()
			require.Equal(t, terminal.OK, p.end())
		})
	}
}
