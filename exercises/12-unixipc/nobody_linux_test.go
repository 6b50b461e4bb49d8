package unixipc_test

import (
	"os"
	"runtime"
	"syscall"
)

// nobody is a user that this process is not.
const nobody = 65534

// asNobody calls f in a thread whose effective user is nobody, and returns the
// user that it was: without the right to change, the process's own. The system
// call changes one thread; that of package syscall would change all of them.
func asNobody(f func()) (uid uint32) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	keep := ^uintptr(0)
	own := uint32(os.Geteuid())
	if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, keep, nobody, keep); errno != 0 {
		f()
		return own
	}
	f()
	if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, keep, uintptr(own), keep); errno != 0 {
		panic(errno) // the thread must not return to the others
	}
	return nobody
}
