// It leaves a process of another session behind.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os/exec"
	"syscall"
)

func attack() {
	cmd := exec.Command("/proc/self/exe", "-test.run=TestPieces_R2")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Start()
}
