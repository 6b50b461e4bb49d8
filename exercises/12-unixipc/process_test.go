//go:build linux || darwin || freebsd

package unixipc_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"testing"

	unixipc "socketkata/exercises/12-unixipc"
	"socketkata/harness/peer"
)

// successorVariable is set in the process that takes over a listener.
const successorVariable = "KATA_UNIXIPC_SUCCESSOR"

// startSuccessor starts this test's program once more, as another process that
// takes over a listener, and returns the script's end of a stream to it. end
// closes that, which ends the process, and waits for it.
func startSuccessor(t *testing.T, b *peer.Bench) (c *net.UnixConn, end func()) {
	ours, theirs := socketpair(b)
	defer theirs.Close()
	c = connOf(b, ours)
	program, err := os.Executable()
	b.NoError("the bench finds its own program", err)
	cmd := exec.Command(program, "-test.run=^TestOtherProcess_R14$")
	cmd.Env = append(os.Environ(), successorVariable+"=yes")
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.Stderr = os.Stderr
	b.NoError("the bench starts another process", cmd.Start())
	return c, sync.OnceFunc(func() {
		c.Close()
		cmd.Wait()
	})
}

// successor is what the other process does. Elsewhere it returns at once.
func successor() {
	if os.Getenv(successorVariable) == "" {
		return
	}
	if err := takeOverAndServe(); err != nil {
		fmt.Fprintln(os.Stderr, "the new process:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// takeOverAndServe serves every client until the old process closes the stream.
func takeOverAndServe() error {
	stream := os.NewFile(3, "stream to the old process")
	c, err := net.FileConn(stream)
	if err != nil {
		return err
	}
	ln, err := unixipc.TakeOver(c.(*net.UnixConn))
	if err != nil {
		return err
	}
	go serveAll(ln)
	_, err = io.Copy(io.Discard, c)
	return err
}

func serveAll(ln net.Listener) {
	for greetOne(ln, "the new server\n") == nil {
	}
}
