//go:build unix

package spawn

import (
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// A Group is a process and everything it starts.
type Group struct {
	cmd *exec.Cmd

	mu    sync.Mutex
	timer *time.Timer
	over  bool
}

// NewGroup prepares cmd, which has not started yet, so that the end of its
// context ends the whole group: first with an interrupt, because the go command
// then removes its temporary files.
func NewGroup(cmd *exec.Cmd) *Group {
	g := &Group{cmd: cmd}
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

func (g *Group) signal(s syscall.Signal) error { return syscall.Kill(-g.cmd.Process.Pid, s) }

// Dump makes every Go process of the group print its goroutines and exit. The
// go command itself ignores this signal while it runs a test.
func (g *Group) Dump() { g.signal(syscall.SIGQUIT) } // a group that is gone needs no dump

// End kills what is left of the group once its first process has been waited
// for: a child of the candidate's code, for example.
func (g *Group) End() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.over = true
	if g.timer != nil {
		g.timer.Stop()
	}
	g.signal(syscall.SIGKILL) // usually no process is left
}

// Kill kills the group at once. The process must still be waited for.
func (g *Group) Kill() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.over {
		g.signal(syscall.SIGKILL)
	}
}
