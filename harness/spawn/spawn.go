// Package spawn starts processes that can be ended together with everything
// they have started. It knows nothing of what they do.
package spawn

import (
	"bytes"
	"errors"
	"os/exec"
	"path/filepath"
	"time"
)

// PipeGrace is how long Wait goes on reading output that some child still holds
// open when the process itself has ended. It is longer than what the go command
// gets to remove its temporary files.
const PipeGrace = 8 * time.Second

// interruptGrace is how long a process that was asked to end may take.
const interruptGrace = 5 * time.Second

// LookGo finds the go command.
func LookGo() (string, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return "", errors.New("the go command is not in PATH: install Go from https://go.dev/dl/")
	}
	return filepath.Abs(path)
}

// Combined runs a command in a group and returns everything it prints.
func Combined(cmd *exec.Cmd) (string, error) {
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.WaitDelay = PipeGrace
	group := NewGroup(cmd)
	if err := cmd.Start(); err != nil {
		return "", err
	}
	err := cmd.Wait()
	group.End()
	return output.String(), err
}
