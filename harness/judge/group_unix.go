//go:build unix

package judge

import (
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// A group is a process and everything it starts.
type group struct {
	cmd *exec.Cmd

	mu    sync.Mutex
	timer *time.Timer
	over  bool
}

// newGroup prepares cmd, which is not started yet, so that the end of its
// context ends the whole group: politely first, because the go command then
// removes its temporary files.
func newGroup(cmd *exec.Cmd) *group {
	g := &group{cmd: cmd}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		g.mu.Lock()
		defer g.mu.Unlock()
		if !g.over {
			g.timer = time.AfterFunc(interruptGrace, func() { g.signal(syscall.SIGKILL) })
		}
		return g.signal(syscall.SIGINT)
	}
	return g
}

func (g *group) signal(s syscall.Signal) error { return syscall.Kill(-g.cmd.Process.Pid, s) }

// dump makes every Go process of the group print its goroutines and exit. The
// go command itself does not heed this signal while it runs a test.
func (g *group) dump() { g.signal(syscall.SIGQUIT) } // a group that is gone needs no dump

// end kills what is left of the group once its first process has been waited
// for: a child of the candidate's code, for example.
func (g *group) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.over = true
	if g.timer != nil {
		g.timer.Stop()
	}
	g.signal(syscall.SIGKILL) // usually nobody is left
}

// kill ends the group at once.
func (g *group) kill() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.over {
		g.signal(syscall.SIGKILL)
	}
}
