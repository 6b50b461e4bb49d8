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
	own := os.Geteuid()
	if setEffective(nobody) {
		uid = nobody
	} else {
		uid = uint32(own)
	}
	defer func() {
		if uid != nobody || setEffective(own) {
			runtime.UnlockOSThread() // otherwise the thread ends with the goroutine
		}
	}()
	f()
	return uid
}

// setEffective changes the effective user of this thread.
func setEffective(uid int) bool {
	keep := ^uintptr(0)
	_, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, keep, uintptr(uid), keep)
	return errno == 0
}
