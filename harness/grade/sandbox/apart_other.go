//go:build !linux

package sandbox

import "os/exec"

// Apart does nothing: a sandbox needs Linux.
func Apart(*exec.Cmd) {}
