//go:build !linux

package spawn

import "os/exec"

// Apart does nothing: namespaces need Linux.
func Apart(*exec.Cmd) {}
