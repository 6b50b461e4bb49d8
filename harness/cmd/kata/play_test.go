package main

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"socketkata/harness/catalog"
	"socketkata/harness/slow"
	"socketkata/harness/terminal"
)

// TestPlayFromOutside interrupts the command as a terminal does, and asks for a
// port that is taken.
func TestPlayFromOutside(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be interrupted from outside")
	}
	t.Parallel()
	root, err := catalog.FindRoot(".")
	require.NoError(t, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	port := strconv.Itoa(ln.Addr().(*net.TCPAddr).Port)
	cmd := exec.Command("kata", "play", "--port", port, "--solution", "05")
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.EqualValues(t, terminal.Failed, cmd.ProcessState.ExitCode())
	require.Equal(t, "kata: port "+port+" is in use: stop the program that uses it, or choose another port: make play EX=05 PORT=5005\n", string(out))

	cmd = exec.Command("kata", "play", "--port", "0", "--solution", "05")
	cmd.Dir, cmd.Env = root, append(os.Environ(), "GOFLAGS=-ldflags=-s", "GOGC=off") // as in the scripts
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	screen := bufio.NewReader(stdout)
	shown := ""
	until := func(pattern string) []string {
		for {
			line, err := screen.ReadString('\n')
			require.NoError(t, err, shown)
			shown += line
			if m := regexp.MustCompile(pattern).FindStringSubmatch(shown); m != nil {
				return m
			}
		}
	}
	defer time.AfterFunc(slow.Stretch(time.Minute), func() { cmd.Process.Kill() }).Stop() // no line comes then
	addr := until(`on (127\.0\.0\.1:\d+)`)[1]
	until(`the reference\n`)
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer c.Close()
	_, err = io.WriteString(c, "hello\n")
	require.NoError(t, err)
	_, err = io.ReadFull(c, make([]byte, len("hello\n")))
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	until(`Serve returned nil\.`)
	require.NoError(t, cmd.Wait(), "an interrupted play has ended well")
}
