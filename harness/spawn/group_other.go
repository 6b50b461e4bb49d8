//go:build !unix

package spawn

import "os/exec"

// A Group is a process. This platform has no process groups that end at once.
type Group struct{ cmd *exec.Cmd }

// NewGroup prepares cmd, which has not started yet.
func NewGroup(cmd *exec.Cmd) *Group { return &Group{cmd: cmd} }

// Dump does nothing: no signal makes a process print its goroutines here.
func (g *Group) Dump() {}

// End does nothing: the process has been waited for.
func (g *Group) End() {}

// Kill kills the process.
func (g *Group) Kill() { g.cmd.Process.Kill() }
